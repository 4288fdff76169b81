/** Which program a word starts on this machine, and what it says its version is. */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ANSWER_MS = 10_000

/**
 * Null when `word`, a name or an absolute path, is no executable file in `path`. It is started, for its
 * version, only when `asks`.
 */
export async function findProgram(
  word: string,
  path: string,
  asks: boolean
): Promise<{ readonly file: string; readonly version: string | null } | null> {
  if (word.includes('/') && !isAbsolute(word)) return null
  const places = isAbsolute(word) ? [word] : path.split(delimiter).map(at => join(at, word))
  for (const file of places) {
    if (!(await isProgram(file))) continue
    return { file, version: asks ? await versionOf(file, path) : null }
  }
  return null
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    // Not there or not executable: the next folder of PATH may have it.
    return false
  }
}

/** The first line of `--version`; null when it has none, or takes too long. */
async function versionOf(file: string, path: string): Promise<string | null> {
  try {
    const { stdout } = await run(file, ['--version'], {
      timeout: ANSWER_MS,
      env: { PATH: path },
      maxBuffer: 64 * 1024
    })
    return stdout.trim().split('\n')[0]?.slice(0, 80) || null
  } catch {
    // A program of one's own need not know the option.
    return null
  }
}
