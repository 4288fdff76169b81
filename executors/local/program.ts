/** Is the agent's program there, before anything is started for it? */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { AppError } from '#app/core/errors.ts'

/**
 * Where the command's program stands. Throws AGENT_MISSING when its first word is no executable file
 * in `path` (or at its absolute place). With `asOtherUser` also when it stands below a folder closed
 * to other users; the node we run on is excepted, because the runner host gives a run its copy.
 */
export function requireProgram(
  command: readonly string[],
  path: string,
  asOtherUser: boolean
): string {
  const [program = ''] = command
  if (program === '' || (program.includes('/') && !isAbsolute(program))) {
    throw missing(program, `"${program}" is neither a name nor an absolute path`, path)
  }
  const places = isAbsolute(program)
    ? [program]
    : path.split(delimiter).map(at => join(at, program))
  const found = places.find(isProgram)
  if (found === undefined) {
    const where = isAbsolute(program)
      ? 'no executable file stands there'
      : `not found in PATH ${path}`
    throw missing(program, where, path)
  }
  const closed = asOtherUser ? closedFor(found) : null
  if (closed === null) return found
  const why = `${found} cannot be run by another user, because ${closed} is closed to others; open it (chmod o+x) or install the program elsewhere`
  throw missing(program, why, path)
}

function missing(program: string, why: string, path: string): AppError {
  const fix = 'install it on the machine of the worker, or correct the command in the configuration'
  const message = `looking for the agent's program "${program}": ${why}; ${fix}`
  return new AppError('AGENT_MISSING', message, { fields: { program, path } })
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    // Not there or not executable: the next folder of PATH may have it.
    return false
  }
}

/** The first folder or file on the way that other users may not pass. */
function closedFor(file: string): string | null {
  const real = realpathSync(file)
  if (real === realpathSync(process.execPath)) return null
  for (const start of [real, dirname(file)]) {
    for (let at = start; ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return at
      if (at === dirname(at)) break
    }
  }
  return null
}
