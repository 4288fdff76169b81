import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DiskFacts } from '#app/core/doctor/machine.ts'

/** Room and right to write in a folder; of the nearest one above it while it is not there yet. */
export async function readDisk(folder: string): Promise<DiskFacts> {
  const there = await nearestFolder(folder)
  const { bavail, bsize } = await statfs(there)
  return { folder, freeBytes: bavail * bsize, writable: await isAllowed(there, constants.W_OK) }
}

async function nearestFolder(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (at === dirname(at) || (await isAllowed(at, constants.F_OK))) return at
  }
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch {
    // Not there, or not ours to use: either way the answer is no.
    return false
  }
}
