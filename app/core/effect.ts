/** Writes to the outside: stored as intent first, performed by a worker later (decisions 34). */

/** What a 👀 stands on. */
export type ReactionSubject =
  | { readonly on: 'issue'; readonly number: number }
  | { readonly on: 'comment'; readonly id: number }

/**
 * One-shot effects happen once per key. `sync-*` effects are level-triggered: performing one reads
 * the run as it is then, renders, and writes only what differs; asking again while one waits
 * changes nothing.
 */
export type Effect =
  | { readonly kind: 'react'; readonly repository: string; readonly subject: ReactionSubject }
  | {
      readonly kind: 'comment'
      readonly repository: string
      readonly thread: number
      /** Markdown without the hidden marker, which the performer adds to find it again. */
      readonly body: string
    }
  | {
      readonly kind: 'remove-label'
      readonly repository: string
      readonly thread: number
      readonly label: string
    }
  | {
      readonly kind: 'add-label'
      readonly repository: string
      readonly thread: number
      readonly label: string
    }
  | { readonly kind: 'sync-status-comment'; readonly run: string }
  | { readonly kind: 'sync-check-run'; readonly run: string }
  | { readonly kind: 'push-branch'; readonly run: string; readonly attempt: number }
  | { readonly kind: 'sync-pull-request'; readonly run: string }

/** Order at the limiter when it is short: gate decisions first, refusals last (reliability 1.6, decisions 10a). */
export const LANES = { gate: 0, normal: 1, progress: 2, refusal: 3 } as const
export type Lane = (typeof LANES)[keyof typeof LANES]

export interface NewEffect {
  /** Idempotency key: the same key is the same write. */
  readonly key: string
  readonly effect: Effect
  readonly lane: Lane
  readonly run: string | null
  readonly correlationId: string | null
  /** Not before this many milliseconds from now; for coalescing. */
  readonly delayMs?: number
}

/** Effects of one target are performed one at a time, in the order they were asked for. */
export function targetOf(effect: Effect): string {
  switch (effect.kind) {
    case 'react':
      return effect.subject.on === 'issue'
        ? `${effect.repository}#${effect.subject.number}:reaction`
        : `${effect.repository}:comment-${effect.subject.id}:reaction`
    case 'comment':
      return `${effect.repository}#${effect.thread}:comment`
    case 'remove-label':
    case 'add-label':
      return `${effect.repository}#${effect.thread}:labels`
    case 'sync-status-comment':
      return `run-${effect.run}:status-comment`
    case 'sync-check-run':
      return `run-${effect.run}:check-run`
    case 'push-branch':
    case 'sync-pull-request':
      return `run-${effect.run}:publish`
  }
}

/** True for effects that are asked for again and again and read the state when performed. */
export function isLevelTriggered(effect: Effect): boolean {
  return effect.kind.startsWith('sync-')
}

export interface ClaimedEffect {
  readonly id: number
  readonly key: string
  readonly effect: Effect
  readonly lane: Lane
  readonly revision: number
  /** Earlier tries of this revision; above 0 means that one may have been done without us knowing. */
  readonly attempts: number
  readonly run: string | null
  readonly correlationId: string | null
}
