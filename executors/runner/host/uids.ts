/** One user id a live attempt, machine-wide: every host claims from the same folder of lock files. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '#executors/runner/failure.ts'
import { ownFolder } from './folders.ts'
import { withLock } from './lock.ts'
import { isAlive, type Seen, see, userHasProcess } from './processes.ts'

export interface UidRange {
  readonly first: number
  readonly count: number
}

/** What stands in a lock file: who holds the id, and for which attempt's folder. */
interface Holder {
  readonly host: Seen
  readonly folder: string
}

/**
 * Claims a free id for the attempt whose folder is given. An id is free when no lock file names it,
 * or its host is dead and the attempt's folder is gone; and when no process runs under it.
 * Throws EXECUTOR_UNAVAILABLE when all are taken.
 */
export function claimUid(tempDir: string, range: UidRange, folder: string): number {
  const locks = lockFolder(tempDir)
  return withLock(join(locks, '.lock'), () => {
    for (let uid = range.first; uid < range.first + range.count; uid += 1) {
      const file = join(locks, String(uid))
      if (isHeld(file) || userHasProcess(uid)) continue
      const holder: Holder = { host: see(process.pid), folder }
      writeFileSync(file, JSON.stringify(holder), { mode: 0o600 })
      return uid
    }
    const last = range.first + range.count - 1
    throw fail(
      'EXECUTOR_UNAVAILABLE',
      `claiming a user id: all of ${range.first}-${last} are taken; wait for a run to end or widen the range`
    )
  })
}

/** A new host takes over what a dead one held for the same attempt. */
export function adoptUid(tempDir: string, uid: number, folder: string): void {
  const locks = lockFolder(tempDir)
  withLock(join(locks, '.lock'), () => {
    const holder: Holder = { host: see(process.pid), folder }
    writeFileSync(join(locks, String(uid)), JSON.stringify(holder), { mode: 0o600 })
  })
}

export function freeUid(tempDir: string, uid: number): void {
  rmSync(join(lockFolder(tempDir), String(uid)), { force: true })
}

function lockFolder(tempDir: string): string {
  return ownFolder(join(tempDir, 'stagewright-uids'), 0o755)
}

function isHeld(file: string): boolean {
  if (!existsSync(file)) return false
  const holder = readHolder(file)
  return holder !== null && (isAlive(holder.host) || existsSync(holder.folder))
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    // Half written by a host that died in the middle; written under the lock, so nobody holds it.
    return null
  }
}
