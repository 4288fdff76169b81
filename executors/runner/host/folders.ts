/** Folders of our own in places where others may write too: made, verified, removed. */
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, systemCode } from '#executors/runner/failure.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Makes the folder or verifies that it is one, ours, and closed for others' writes. */
export function ownFolder(path: string, mode: number): string {
  try {
    mkdirSync(path, { mode })
    // The umask takes bits away at mkdir.
    chmodSync(path, mode)
    return path
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  const stats = lstatSync(path)
  if (!stats.isDirectory() || stats.uid !== process.geteuid?.() || (stats.mode & 0o022) !== 0) {
    throw fail(
      'EXECUTOR_UNAVAILABLE',
      `using ${path}: it is not a folder of ours alone; remove it and try again`
    )
  }
  chmodSync(path, mode)
  return path
}

/** Makes a folder that must not exist yet; with an owner it is that user's alone. */
export function newFolder(path: string, owner: Owner | null): void {
  mkdirSync(path, { mode: 0o700 })
  if (owner !== null) chownSync(path, owner.uid, owner.gid)
}

/** Removes a folder with all that is in it, also where an agent took its own rights away. */
export async function removeFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 }
  try {
    await rm(path, options)
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error
    await openUp(path)
    await rm(path, options)
  }
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(join(folder, entry.name))
  }
}
