/** Short questions to an agent's program: which version it is, by its own word. */
import { execFile } from 'node:child_process'

/** The CLIs answer in 0.2 s; a machine that starts fifty runs at once takes longer. */
const PATIENCE_MS = 15_000
const MOST_BYTES = 64 * 1024

export interface Asking {
  readonly command: readonly string[]
  readonly cwd: string
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>
  /** Null: our own user. */
  readonly user: { readonly uid: number; readonly gid: number } | null
}

/** What `<command> --version` prints, both streams. Throws as `askProgram` does. */
export function askVersion(asking: Asking): Promise<string> {
  return askProgram(asking, ['--version'])
}

/** What `<command> <args>` prints, both streams. Throws when it does not end with 0 in 15 s. */
export function askProgram(
  { command, cwd, env, user }: Asking,
  args: readonly string[]
): Promise<string> {
  const [program = '', ...first] = command
  const options = { cwd, env, timeout: PATIENCE_MS, maxBuffer: MOST_BYTES, ...(user ?? {}) }
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...first, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(`${stdout}\n${stderr}`)
      const words = stderr.trim().slice(-500)
      const how = error.killed === true ? `no answer in ${PATIENCE_MS / 1000} s` : exitOf(error)
      reject(new Error(words === '' ? how : `${how}: ${words}`, { cause: error }))
    })
    child.stdin?.end()
  })
}

/** The first version in the text, as `1.2.3`; null when there is none. */
export function versionIn(text: string): string | null {
  return /\b\d+\.\d+\.\d+\b/.exec(text)?.[0] ?? null
}

/** Both as `1.2.3`. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map(one => one.split('.').map(Number)) as [
    number[],
    number[]
  ]
  const place = left.findIndex((part, index) => part !== right[index])
  return place >= 0 && (left[place] ?? 0) < (right[place] ?? 0)
}

function exitOf(error: Error & { readonly code?: number | string | null }): string {
  return typeof error.code === 'number' ? `it ended with exit code ${error.code}` : error.message
}
