/** Starts git with argument arrays, away from this machine's own git settings. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { AppError } from '#app/core/errors.ts'

interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface GitSpace {
  /** Bare repositories stand here as OWNER/NAME.git; also GIT_PROJECT_ROOT of http-backend. */
  readonly root: string
  readonly environment: Readonly<Record<string, string>>
  readonly running: Set<ChildProcessWithoutNullStreams>
  /** Answers that cannot change, see gitOnce. */
  readonly known: Map<string, Promise<GitResult>>
  /** `git http-backend`, found by `git --exec-path`. */
  readonly backend: string
}

const SETTINGS = `[safe]
\tdirectory = *
[user]
\tname = GitHub
\temail = noreply@github.com
[core]
\tquotePath = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
[advice]
\tdetachedHead = false
`

/** Makes the folders and asks git where its programs are. GIT when git is not installed. */
export async function openGitSpace(folder: string): Promise<GitSpace> {
  const root = join(folder, 'git')
  const home = join(folder, 'home')
  await mkdir(root, { recursive: true })
  await mkdir(home, { recursive: true })
  await writeFile(join(home, '.gitconfig'), SETTINGS)
  const environment = {
    // git starts programs of its own, so it needs the search path; nothing else is passed on.
    PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0'
  }
  const running = new Set<ChildProcessWithoutNullStreams>()
  const space = { root, environment, running, known: new Map(), backend: '' }
  const found = await git(space, root, ['--exec-path'])
  return { ...space, backend: join(found.stdout.toString('utf8').trim(), 'git-http-backend') }
}

interface GitOptions {
  readonly input?: string | Buffer
  readonly environment?: Readonly<Record<string, string>>
  /** Exit codes that are answers; any other is a GIT error. Default: 0 only. */
  readonly codes?: readonly number[]
}

/** Runs git in a folder to its end. */
export async function git(
  space: Pick<GitSpace, 'environment' | 'running'>,
  folder: string,
  args: readonly string[],
  options: GitOptions = {}
): Promise<GitResult> {
  const child = start(space, 'git', args, { folder, environment: options.environment ?? {} })
  const result = collect(child)
  child.stdin.end(options.input ?? '')
  const { code, stdout, stderr } = await result
  if (!(options.codes ?? [0]).includes(code)) {
    throw new AppError('GIT', `running git ${args[0]} ended with ${code}: ${stderr.trim()}`)
  }
  return { code, stdout, stderr }
}

const MOST_KNOWN = 1000

/**
 * As `git`, asked once for each folder and arguments. Only for questions about commits named by
 * full shas: whatever is pushed later, their answer stays the same.
 */
export function gitOnce(
  space: GitSpace,
  folder: string,
  args: readonly string[],
  options: GitOptions = {}
): Promise<GitResult> {
  const key = [folder, ...args].join('\0')
  const before = space.known.get(key)
  if (before !== undefined) return before
  if (space.known.size >= MOST_KNOWN) space.known.clear()
  const answer = git(space, folder, args, options)
  space.known.set(key, answer)
  // A question that went wrong may be asked again; whoever asked it now gets the error.
  answer.catch(() => space.known.delete(key))
  return answer
}

export function isFullSha(rev: string): boolean {
  return /^[0-9a-f]{40}$/.test(rev)
}

/** Spawns a program of git's; it is ended with the sandbox at the latest. */
export function start(
  space: Pick<GitSpace, 'environment' | 'running'>,
  program: string,
  args: readonly string[],
  where: { readonly folder: string; readonly environment: Readonly<Record<string, string>> }
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, {
    cwd: where.folder,
    env: { ...space.environment, ...where.environment },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  space.running.add(child)
  child.once('close', () => space.running.delete(child))
  // A program that ends before it read all its input is judged by its exit code.
  child.stdin.on('error', () => {})
  return child
}

function collect(child: ChildProcessWithoutNullStreams): Promise<GitResult> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', cause => {
      reject(new AppError('GIT', 'starting git; is it installed and on the PATH?', { cause }))
    })
    child.once('close', code => {
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8')
      })
    })
  })
}

/** Ends every git that still runs. */
export async function closeGitSpace(space: GitSpace): Promise<void> {
  const ends = [...space.running].map(
    child => new Promise<void>(resolve => child.once('close', () => resolve()))
  )
  for (const child of space.running) child.kill('SIGKILL')
  await Promise.all(ends)
}
