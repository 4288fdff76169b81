/** Clones a branch from the sandbox and runs the repository's own tests, as a person would. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LIMIT_MS = 60_000

export interface TestOutcome {
  readonly passed: number
  readonly failed: number
  /** Names of the tests that failed. */
  readonly failing: readonly string[]
}

/** Removes the clone again. Rejects when the clone cannot be made or the tests do not come to an end. */
export async function testBranch(options: {
  readonly cloneUrl: string
  readonly branch: string
  /** An existing folder for the clone. */
  readonly folder: string
  readonly path: string
}): Promise<TestOutcome> {
  const { cloneUrl, branch, folder } = options
  const clone = join(folder, `clone-${branch.replaceAll('/', '-')}`)
  const env = {
    PATH: options.path,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0'
  }
  await rm(clone, { recursive: true, force: true })
  try {
    const words = ['clone', '--quiet', '--depth', '1', '--branch', branch, cloneUrl, clone]
    await run('git', words, { env, timeout: LIMIT_MS })
    return read(await testOutput(clone, env))
  } finally {
    await rm(clone, { recursive: true, force: true })
  }
}

async function testOutput(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const words = ['--test', '--test-reporter=tap']
  try {
    return (await run(process.execPath, words, { cwd, env, timeout: LIMIT_MS })).stdout
  } catch (error) {
    // Failing tests end with 1 and have said why; anything else is not about the tests.
    if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error) {
      return String(error.stdout)
    }
    throw error
  }
}

function read(tap: string): TestOutcome {
  const count = (word: string): number =>
    Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? Number.NaN)
  const outcome = { passed: count('pass'), failed: count('fail') }
  if (Number.isNaN(outcome.passed + outcome.failed))
    throw new Error(`reading the test report:\n${tap.slice(-500)}`)
  return {
    ...outcome,
    failing: [...tap.matchAll(/^\s*not ok \d+ - (.*)$/gm)].map(([, name]) => name ?? '')
  }
}
