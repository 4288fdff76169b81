/**
 * A lock between processes that the kernel releases when its holder dies. Node has no flock; SQLite
 * takes the same kind of lock on its file, so an exclusive transaction that is never ended is one.
 */
import { DatabaseSync } from 'node:sqlite'
import { fail } from '#executors/runner/failure.ts'

/** The low byte of SQLite's result code; the rest says more closely why. */
const SQLITE_BUSY = 5

/** A database that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>()

export interface Lock {
  release(): void
}

/**
 * Waits up to `waitMs` (blocking); null when another process holds the lock. Throws
 * EXECUTOR_UNAVAILABLE when the file cannot be opened or locked at all.
 */
export function takeLock(file: string, waitMs: number): Lock | null {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(file, { timeout: waitMs })
    database.exec('begin exclusive')
  } catch (error) {
    database?.close()
    if (isBusy(error)) return null
    throw fail('EXECUTOR_UNAVAILABLE', `locking ${file}`, error)
  }
  const taken = database
  held.add(taken)
  return {
    release: () => {
      held.delete(taken)
      taken.close()
    }
  }
}

/** Runs short blocking work while no other process does the like. */
export function withLock<T>(file: string, work: () => T): T {
  const lock = takeLock(file, 10_000)
  if (lock === null) throw fail('EXECUTOR_UNAVAILABLE', `waiting 10 s for the lock ${file}`)
  try {
    return work()
  } finally {
    lock.release()
  }
}

function isBusy(error: unknown): boolean {
  return (Number((error as { errcode?: unknown }).errcode) & 0xff) === SQLITE_BUSY
}
