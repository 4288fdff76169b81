/** Which version an agent's program is, by its own word. */
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

/** What `<command> --version` prints, both streams. Throws when it does not end well or in time. */
export function askVersion({ command, cwd, env, user }: Asking): Promise<string> {
  const [program = '', ...args] = command
  const options = { cwd, env, timeout: PATIENCE_MS, maxBuffer: MOST_BYTES, ...(user ?? {}) }
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args, '--version'], options, (error, stdout, stderr) => {
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
