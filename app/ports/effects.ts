import type { ClaimedEffect, NewEffect } from '#app/core/effect.ts'

export interface Effects {
  /** Adds or asks again. One-shot: `known` when the key exists. Level-triggered: raises the revision of the row. */
  add(effect: NewEffect): Promise<'added' | 'known' | 'asked_again'>
  /** Takes up to `count` ready effects, best lane first, one per target, in order within a target. */
  claim(worker: string, count: number, leaseSeconds: number): Promise<readonly ClaimedEffect[]>
  /** Ends the work on a claimed effect; `retry` puts it back with a delay. A level-triggered one that was asked again meanwhile waits anew. */
  settle(
    id: number,
    worker: string,
    outcome:
      | {
          readonly kind: 'done'
          readonly revision: number
          readonly result: Readonly<Record<string, unknown>>
        }
      | { readonly kind: 'retry'; readonly afterSeconds: number; readonly error: string }
      | { readonly kind: 'failed'; readonly error: string }
  ): Promise<boolean>
  /**
   * Gives back effects whose lease ran out, and lets displays (status comment, check run) that failed
   * for good try again every ten minutes for a week: the App may have been suspended.
   */
  releaseExpired(): Promise<number>
  /** State and result of one effect by key; null when it was never asked for. */
  find(key: string): Promise<{
    readonly state: 'waiting' | 'working' | 'done' | 'failed'
    readonly result: Readonly<Record<string, unknown>> | null
    readonly error: string | null
  } | null>
}
