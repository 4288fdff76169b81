/** All that the status comment and the check run show of a run: what is known, not how it is said. */
import type { Isolation } from './attempt.ts'
import type { Run } from './run.ts'

export interface RunView {
  readonly run: Run
  /** `owner/name`. */
  readonly repository: string
  /** Address of the run's page at ours; null while there is none. */
  readonly webUrl: string | null
  readonly pullRequestUrl: string | null
  /** Oldest first. */
  readonly attempts: readonly AttemptView[]
  /** What the agent said last: at most three, each once, newest last. */
  readonly statuses: readonly AgentStatus[]
  /** The last lines of the newest attempt's log, redacted. */
  readonly logTail: string
  /** True when a revise went on in the session of the run before it. */
  readonly sessionResumed: boolean
  /** Where "Details" of the check run leads; null leaves it to GitHub. */
  readonly detailsUrl: string | null
  /** ISO time of the rendering: what durations of unfinished things end at. */
  readonly now: string
}

export interface AttemptView {
  readonly number: number
  readonly startedAt: string
  readonly endedAt: string | null
  readonly isolation: Isolation | null
}

export interface AgentStatus {
  readonly text: string
  readonly at: string
  /** How often it was said. */
  readonly times: number
}

/** Whole seconds between two ISO times, never negative; `now` when the end is open. */
export function secondsBetween(from: string, to: string | null, now: string): number {
  const span = Math.round((Date.parse(to ?? now) - Date.parse(from)) / 1000)
  return Number.isFinite(span) ? Math.max(0, span) : 0
}

/** The last `count` distinct messages with how often each was said, newest last. */
export function lastStatuses(
  messages: ReadonlyArray<{ readonly text: string; readonly at: string }>,
  count = 3
): readonly AgentStatus[] {
  const seen = new Map<string, AgentStatus>()
  for (const { text, at } of messages) {
    const times = (seen.get(text)?.times ?? 0) + 1
    // Taken out first, so that the map's order is that of the last time each was said.
    seen.delete(text)
    seen.set(text, { text, at, times })
  }
  return [...seen.values()].slice(-count)
}
