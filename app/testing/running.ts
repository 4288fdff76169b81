/** Small questions that process tests ask. */
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** True while a process with this id runs; one that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    return !state.trim().startsWith('Z')
  } catch {
    // ps ends with 1 when there is no such process.
    return false
  }
}

/** Asks again and again until the answer is neither null nor false; throws after `ms`, saying what it waited for. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = 20_000
): Promise<NonNullable<T>> {
  for (const end = Date.now() + ms; Date.now() < end; await delay(25)) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer as NonNullable<T>
  }
  throw new Error(`waited ${ms} ms for ${what}`)
}
