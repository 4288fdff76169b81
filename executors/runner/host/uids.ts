/** One user id a live attempt, machine-wide: every host claims from the same folder of lock files. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '#executors/runner/failure.ts'
import { ownFolder } from './folders.ts'
import { withLock } from './lock.ts'
import { isAlive, type Seen, see } from './processes.ts'

export interface UidRange {
  readonly first: number
  readonly count: number
}

/** What stands in a lock file: who holds the id, and for which attempt's folder. */
interface Holder {
  readonly host: Seen
  readonly folder: string
}

/** Names the id that was handed out last, so that the next run gets another one. */
const LAST = '.last'

/**
 * Claims a free id for the attempt whose folder is given, round robin. An id is free when no lock
 * file names it, or its host is dead and the attempt's folder is gone; and when it is not in `used`,
 * the ids that processes run under. Throws EXECUTOR_UNAVAILABLE when all are taken.
 */
export function claimUid(
  tempDir: string,
  range: UidRange,
  attempt: { readonly folder: string; readonly used: ReadonlySet<number> }
): number {
  const locks = lockFolder(tempDir)
  return withLock(join(locks, '.lock'), () => {
    const first = startAfter(readLast(locks), range)
    for (let step = 0; step < range.count; step += 1) {
      const uid = range.first + ((first - range.first + step) % range.count)
      if (attempt.used.has(uid) || isHeld(join(locks, String(uid)))) continue
      hold(locks, uid, attempt.folder)
      writeWhole(join(locks, LAST), String(uid))
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
  withLock(join(locks, '.lock'), () => hold(locks, uid, folder))
}

/** The id that is held for this attempt's folder; null when none is. */
export function heldUid(tempDir: string, folder: string): number | null {
  const locks = lockFolder(tempDir)
  const held = readdirSync(locks)
    .filter(name => /^[0-9]+$/.test(name))
    .find(name => readHolder(join(locks, name))?.folder === folder)
  return held === undefined ? null : Number(held)
}

export function freeUid(tempDir: string, uid: number): void {
  rmSync(join(lockFolder(tempDir), String(uid)), { force: true })
}

function lockFolder(tempDir: string): string {
  return ownFolder(join(tempDir, 'stagewright-uids'), 0o755)
}

function startAfter(last: number, range: UidRange): number {
  const next = last + 1
  return next >= range.first && next < range.first + range.count ? next : range.first
}

/** 0 when none was handed out here yet. */
function readLast(locks: string): number {
  const file = join(locks, LAST)
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
}

function hold(locks: string, uid: number, folder: string): void {
  const holder: Holder = { host: see(process.pid), folder }
  writeWhole(join(locks, String(uid)), JSON.stringify(holder))
}

/** On a full disk the old file stays: an emptied one would give its id to two runs. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
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
