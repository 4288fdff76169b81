/** One git process in the agent's place: by argv, with a closed environment and nothing of the tree's own set to run. */
import { spawn } from 'node:child_process'

const MOST_OUTPUT = 1024 * 1024
const MOST_REASON = 1_500
const FIXED = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.file.allow=never',
  'protocol.ext.allow=never',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  // Objects one by one take ten times as long as the pack that they came in.
  'fetch.unpackLimit=1',
  'submodule.recurse=false'
].flatMap(setting => ['-c', setting])

export interface GitPlace {
  readonly cwd: string
  /** The agent's environment; git reads its author from here, and no configuration but the tree's. */
  readonly env: Readonly<Record<string, string>>
}

export interface GitAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const FULL = /No space left on device|Out of diskspace/

export class GitFailure extends Error {
  readonly stderr: string
  readonly diskFull: boolean

  constructor(what: string, stderr: string) {
    super(`${what}: ${reasonOf(stderr)}`)
    this.stderr = stderr
    this.diskFull = FULL.test(stderr)
  }
}

/** Runs git and answers whatever its exit code; `signal` or the timeout (ms, default 2 minutes) ends it. */
export function tryGit(
  place: GitPlace,
  args: readonly string[],
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {}
): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...FIXED, ...args], {
      cwd: place.cwd,
      env: { ...place.env, GIT_CONFIG_GLOBAL: '/dev/null' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
      timeout: options.timeoutMs ?? 120_000
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout.length < MOST_OUTPUT) stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-MOST_OUTPUT)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const why = signal === null ? stderr : `${stderr}\nended by ${signal}`
      resolve({ code: code ?? 128, stdout, stderr: why })
    })
  })
}

/** As `tryGit`, but an exit code other than 0 throws GitFailure. `what` says what we were doing. */
export async function git(
  place: GitPlace,
  what: string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {}
): Promise<string> {
  const answer = await tryGit(place, args, options)
  if (answer.code !== 0) throw new GitFailure(what, answer.stderr)
  return answer.stdout.trim()
}

function reasonOf(stderr: string): string {
  if (FULL.test(stderr))
    return "no space left on the runner's disk; free some and start the run again"
  const words = stderr.trim()
  if (words === '') return 'git gave no reason'
  if (words.length <= MOST_REASON) return words
  // Between words: half an address would not be known as one that must be hidden.
  return words.slice(-MOST_REASON).replace(/^\S*\s+/, '… ')
}
