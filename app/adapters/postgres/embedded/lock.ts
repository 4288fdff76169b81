/** The launcher's own lock: one start or stop at a time on one folder. */

import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '#app/adapters/postgres/failure.ts'
import { AppError } from '#app/core/errors.ts'
import { identifySelf, isAlive, parseIdentity } from './processes.ts'

const POLL_MS = 50
const SETTLE_MS = 100
const WAIT_MS = 150_000

/**
 * Runs `work` while holding `<folder>/launcher.lock`. Waits for a living holder, at most 150 s (longer
 * than any start takes); the lock of a dead one is taken over.
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, 'launcher.lock')
  const mine = JSON.stringify({ ...(await identifySelf()), token: randomUUID() })
  await take(path, mine)
  try {
    return await work()
  } finally {
    if ((await read(path)) === mine) await rm(path, { force: true })
  }
}

async function take(path: string, mine: string): Promise<void> {
  const end = Date.now() + WAIT_MS
  let tookOver = false
  for (;;) {
    if (await place(path, mine)) {
      if (!tookOver) return
      // Somebody who saw the same dead lock may be removing ours by mistake and will put it back.
      await pause(SETTLE_MS)
      if ((await read(path)) === mine) return
    }
    const held = await read(path)
    if (held === mine) return
    if (held !== null && !(await holderLives(held))) {
      tookOver = true
      await removeDead(path, held)
      continue
    }
    if (Date.now() > end) {
      throw new AppError(
        'DATABASE_START',
        `waiting for ${path}, held by process ${parseIdentity(held ?? '')?.pid ?? 'unknown'}; end that process or remove the file`
      )
    }
    await pause(POLL_MS)
  }
}

/** A link appears with its content or not at all, so no reader ever sees an empty lock. */
async function place(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' })
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new AppError('DATABASE_START', `taking the lock ${path}`, { cause: error })
  } finally {
    await rm(draft, { force: true })
  }
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

async function holderLives(content: string): Promise<boolean> {
  const holder = parseIdentity(content)
  return holder !== null && isAlive(holder)
}

async function removeDead(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    // Another waiter removed it first; the next round sees what is there now.
    return
  }
  if ((await read(aside)) !== dead) {
    // It was taken over between our look and our move: put the living lock back.
    await link(aside, path).catch(() => {})
  }
  await rm(aside, { force: true })
}
