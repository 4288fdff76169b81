/** Our corner of the temp folder: copied binaries and throwaway clusters. */
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { AppError } from '#app/core/errors.ts'
import { firstClosed, isOurFolder, serverAccount } from './account.ts'

/**
 * `<temp>/stagewright-<uid>`, made when missing: others may pass (the server's account does), but
 * neither list nor write. Throws DATABASE_START when somebody else made it first, since programs
 * are started from there.
 */
export async function cacheFolder(temp: string = tmpdir()): Promise<string> {
  const folder = join(temp, `stagewright-${getuid?.() ?? 'user'}`)
  try {
    await mkdir(folder, { mode: 0o711 })
    // mkdir is subject to the umask, which may take the passing away again.
    await chmod(folder, 0o711)
  } catch (cause) {
    if (!(await isThere(folder))) {
      throw new AppError('DATABASE_START', `making the folder ${folder}; set TMPDIR`, { cause })
    }
  }
  if (!(await isOurFolder(folder))) {
    throw new AppError(
      'DATABASE_START',
      `using ${folder}: it is not a folder that belongs to this user and is closed for writing to others; remove it or set TMPDIR`
    )
  }
  const closed = await firstClosed(folder, serverAccount())
  if (closed === folder) await chmod(folder, 0o711)
  else if (closed !== null) {
    throw new AppError(
      'DATABASE_START',
      `using ${folder}: ${closed} cannot be passed by uid 65534, which root starts Postgres as; set TMPDIR`
    )
  }
  return folder
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}
