/** The real agents' CLIs for tests: installed by npm into our corner of the temp folder, once a machine. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '#app/adapters/postgres/embedded/cache.ts'

/** Pinned: what the parsers' tests were recorded with. */
const PACKAGES = ['@openai/codex@0.169.0', '@anthropic-ai/claude-code@2.1.329'] as const

/**
 * The folder with `codex` and `claude`, which runs' users can pass. 765 MB are fetched the first time;
 * set STAGEWRIGHT_TEST_AGENT_PATH to a folder that has both to use those.
 */
export async function agentClis(): Promise<string> {
  const given = process.env.STAGEWRIGHT_TEST_AGENT_PATH ?? ''
  if (given !== '') return given
  const cache = await cacheFolder()
  const name = `agents-${PACKAGES.map(one => one.split('@').at(-1)).join('-')}`
  const folder = join(cache, name)
  if (!(await isThere(folder))) await install(cache, folder)
  return join(folder, 'node_modules', '.bin')
}

/** Beside its place first, so that two at once never see half of it. */
async function install(cache: string, folder: string): Promise<void> {
  const fresh = await mkdtemp(join(cache, 'installing-'))
  try {
    await chmod(fresh, 0o755)
    const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
    await promisify(execFile)('npm', ['install', '--prefix', fresh, ...options, ...PACKAGES])
    await rename(fresh, folder).catch(async (error: unknown) => {
      // Somebody else was first; theirs is the same.
      if (!(await isThere(folder))) throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}
