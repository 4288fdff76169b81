/** Waiting for something to become true, with an end. */
import { setTimeout as delay } from 'node:timers/promises'
import { type StepName, StoryFailure } from './step.ts'

const POLL_MS = 60

export interface Wish {
  readonly step: StepName
  /** What is waited for, for the person who reads that it did not come. */
  readonly expected: string
  readonly signal: AbortSignal
  readonly seconds?: number
}

/**
 * Asks until the answer is neither null nor false. Throws StoryFailure at the end of the time, and
 * when the signal is aborted: its reason says why.
 */
export async function until<T>(
  wish: Wish,
  ask: () => Promise<T | null | false> | T | null | false
): Promise<T> {
  const { step, expected, signal, seconds = 60 } = wish
  for (const end = Date.now() + seconds * 1000; ; ) {
    if (signal.aborted) throw new StoryFailure(step, expected, reasonOf(signal))
    const answer = await ask()
    if (answer !== null && answer !== false) return answer
    if (Date.now() > end)
      throw new StoryFailure(step, expected, `it did not come within ${seconds} s`)
    // Woken by an abort or not: the next pass looks.
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}

export function reasonOf(signal: AbortSignal): string {
  const { reason } = signal
  return reason instanceof Error ? reason.message : `it was stopped by ${reason}`
}
