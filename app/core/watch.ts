/** What to do about a live attempt: pure, level-triggered, the same answer for the same facts. */
import type { AttemptState } from './attempt.ts'
import type { FailureReason } from './run.ts'

/** A runner that has not been heard of for this long is lost when nobody can look (decisions 21: takeover within 30 s). */
const SILENCE_SECONDS = 30
/** After an outage of the database a live runner beats again within seconds (decisions 21: 5 s). */
const HEARING_SECONDS = 12
/** A place that was asked to stop has this long to hand over; then it is torn down. */
const STOP_GRACE_SECONDS = 20
/** After its process ended a report may still be on its way. */
const REPORT_GRACE_SECONDS = 10

export interface WatchFacts {
  readonly reported: boolean
  /** Null: the attempt lives on another machine and cannot be asked. */
  readonly state: AttemptState | null
  readonly heartbeatAgeSeconds: number | null
  /** Since the attempt was made. */
  readonly ageSeconds: number
  /** Since it was asked to stop; null when it was not. */
  readonly stoppingSeconds: number | null
  readonly canceled: boolean
  /** Negative before the deadline. */
  readonly pastDeadlineSeconds: number
  /** Since this worker took the run: the time in which a beat could have come through. */
  readonly heldSeconds: number
  /** Attempts lost in a row before this one. */
  readonly lostBefore: number
  readonly maxAttempts: number
}

export type WatchDecision =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'stop'; readonly reason: 'canceled' | 'deadline' }
  | { readonly kind: 'take-result' }
  /** Tear the place down and end the run without its result. */
  | { readonly kind: 'end'; readonly state: 'canceled' | 'timed_out' }
  | { readonly kind: 'again'; readonly why: string }
  | { readonly kind: 'fail'; readonly reason: FailureReason; readonly detail: string }

export function decideWatch(facts: WatchFacts): WatchDecision {
  if (facts.reported) return { kind: 'take-result' }
  const { state } = facts
  const silence = facts.heartbeatAgeSeconds ?? facts.ageSeconds
  const gone =
    state === null
      ? silence > SILENCE_SECONDS && facts.heldSeconds > HEARING_SECONDS
      : state.kind === 'absent'
  if (facts.canceled || facts.pastDeadlineSeconds > 0) return wind(facts, gone)
  if (gone)
    return lost(
      facts,
      state === null ? `nothing heard of it for ${Math.round(silence)} s` : 'its place is gone'
    )
  if (state?.kind === 'ended') return ended(facts, state)
  return { kind: 'wait', seconds: 3 }
}

/** The run shall end: ask first, so that the session is saved; then tear down. */
function wind(facts: WatchFacts, gone: boolean): WatchDecision {
  const state = facts.canceled ? 'canceled' : 'timed_out'
  if (gone || facts.state?.kind === 'ended') return { kind: 'end', state }
  if (facts.stoppingSeconds === null)
    return { kind: 'stop', reason: facts.canceled ? 'canceled' : 'deadline' }
  if (facts.stoppingSeconds > STOP_GRACE_SECONDS) return { kind: 'end', state }
  return { kind: 'wait', seconds: 2 }
}

function ended(facts: WatchFacts, state: Extract<AttemptState, { kind: 'ended' }>): WatchDecision {
  if (state.end === 'lost') return lost(facts, state.message)
  const silence = facts.heartbeatAgeSeconds ?? facts.ageSeconds
  if (silence < REPORT_GRACE_SECONDS && state.end === 'finished')
    return { kind: 'wait', seconds: 1 }
  if (state.end === 'finished') return lost(facts, 'it ended without a result')
  return { kind: 'fail', reason: 'place_failed', detail: state.message }
}

function lost(facts: WatchFacts, why: string): WatchDecision {
  const lostNow = facts.lostBefore + 1
  if (lostNow < facts.maxAttempts) return { kind: 'again', why }
  return {
    kind: 'fail',
    reason: 'attempt_lost',
    detail: `${why}; ${lostNow} attempts in a row were lost`
  }
}
