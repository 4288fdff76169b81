/** Starts git with argument arrays, away from every setting of this machine and its users. */
import { spawn } from 'node:child_process'
import { AppError } from '#app/core/errors.ts'

export interface GitSpace {
  /** Bare repositories stand here; also git's HOME, which is empty. */
  readonly folder: string
  /** Where git and its programs are found. */
  readonly path: string
}

export interface GitCall {
  readonly input?: string | Buffer
  /** Exit codes that are answers; any other is a GIT error. Default: 0 only. */
  readonly codes?: readonly number[]
  /** Most memory, in kilobytes of address space; for input that a stranger made. */
  readonly memoryKb?: number
  /** Value of the Authorization header, sent to this address and what is below it only. */
  readonly credential?: { readonly url: string; readonly authorization: string }
}

export interface GitAnswer {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Output beyond this is no answer we could use. */
const OUTPUT_LIMIT = 256 * 1024 * 1024
/** No git of ours runs longer; a push or a first fetch of a large repository may take minutes. */
const TIME_LIMIT_MS = 15 * 60_000

/**
 * No hooks, no prompts, no helper programs, only HTTP; what comes in is checked object by object.
 * Redirects would carry our header to another address.
 */
const SETTINGS: ReadonlyArray<readonly [string, string]> = [
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.quotePath', 'false'],
  ['credential.helper', ''],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  ['maintenance.auto', 'false'],
  ['protocol.allow', 'never'],
  ['protocol.http.allow', 'always'],
  ['protocol.https.allow', 'always'],
  ['push.recurseSubmodules', 'no'],
  ['safe.directory', '*'],
  ['transfer.credentialsInUrl', 'die'],
  ['transfer.fsckObjects', 'true']
]

/** Runs git in a bare repository to its end. GIT when it is not there or ends with an unforeseen code. */
export async function runGit(
  space: GitSpace,
  repository: string,
  args: readonly string[],
  call: GitCall = {}
): Promise<GitAnswer> {
  const answer = await collect(space, repository, args, call)
  if ((call.codes ?? [0]).includes(answer.code)) return answer
  throw new AppError(
    'GIT',
    `running git ${args[0]}: it ended with ${answer.code}, ${lastLines(answer.stderr)}`
  )
}

/** Git's own words for people: the last lines, without what it reports of its progress. */
export function lastLines(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(line => line !== '' && !/^(hint|warning):|\d+% \(/.test(line))
  return lines.slice(-6).join('; ').slice(0, 1000)
}

function collect(
  space: GitSpace,
  repository: string,
  args: readonly string[],
  call: GitCall
): Promise<GitAnswer> {
  const [program, ...words] = limited(call.memoryKb, ['git', '--git-dir', repository, ...args])
  const child = spawn(program, words, {
    cwd: space.folder,
    env: environmentOf(space, call),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL'
  })
  const stdout: Buffer[] = []
  let bytes = 0
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > OUTPUT_LIMIT) child.kill('SIGKILL')
    else stdout.push(chunk)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-64 * 1024)
  })
  // A git that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(call.input ?? '')
  return new Promise((resolve, reject) => {
    child.once('error', cause => {
      const message = 'starting git: is it installed and on the PATH of this process?'
      reject(new AppError('GIT', message, { cause }))
    })
    child.once('close', (code, signal) => {
      if (bytes > OUTPUT_LIMIT) {
        const limit = `${OUTPUT_LIMIT / 1024 / 1024} MB`
        reject(
          new AppError('TOO_LARGE', `running git ${args[0]}: its answer is larger than ${limit}`)
        )
        return
      }
      if (signal !== null) stderr += `\nended by ${signal}`
      resolve({ code: code ?? -1, stdout: Buffer.concat(stdout), stderr })
    })
  })
}

/** The shell sets the limit and becomes git; where it knows no such limit git runs without. */
function limited(
  memoryKb: number | undefined,
  command: readonly [string, ...string[]]
): readonly [string, ...string[]] {
  if (memoryKb === undefined) return command
  return ['/bin/sh', '-c', 'ulimit -v "$0" 2>/dev/null; exec "$@"', String(memoryKb), ...command]
}

/** The credential travels in the environment: argv is visible to other users, and files stay. */
function environmentOf(space: GitSpace, call: GitCall): Record<string, string> {
  const settings = [...SETTINGS]
  if (call.credential !== undefined) {
    const { url, authorization } = call.credential
    settings.push([`http.${new URL('/', url).href}.extraHeader`, `Authorization: ${authorization}`])
  }
  const environment: Record<string, string> = {
    PATH: space.path,
    HOME: space.folder,
    LC_ALL: 'C.UTF-8',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0'
  }
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return environment
}
