/** Small questions that process tests ask. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** True while a process with this id runs; one that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // The state follows the name in brackets, which may hold anything (proc(5)).
    return !/\) Z /.test(
      process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
    )
  } catch {
    // There is no such process, or it ended between the two questions.
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
