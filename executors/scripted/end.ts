/** The ways in which a scripted attempt ends. */
import type { AttemptEnd, RunnerReport } from '#app/core/attempt.ts'
import { Fenced } from './app.ts'

export interface End {
  readonly end: AttemptEnd
  readonly exitCode: number | null
  readonly message: string
}

/** The runner vanished without a word. */
export class Vanished extends Error {
  readonly end: AttemptEnd
  readonly exitCode: number | null

  constructor(end: AttemptEnd, exitCode: number | null, message: string) {
    super(message)
    this.end = end
    this.exitCode = exitCode
  }
}

/** How an attempt ended that could not play its steps to their end. */
export function endBy(error: unknown): End {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Vanished) return { end: error.end, exitCode: error.exitCode, message }
  const killed = error instanceof Fenced || (error instanceof Error && error.name === 'AbortError')
  return { end: killed ? 'killed' : 'failed', exitCode: null, message }
}

/** How an attempt ended whose report the app has. */
export function endOf(report: RunnerReport, deadline: boolean): End {
  const ends = { finished: 'finished', agent_failed: 'failed', place_failed: 'failed' } as const
  const stopped = deadline ? 'deadline' : 'killed'
  const end = report.outcome === 'stopped' ? stopped : ends[report.outcome]
  return { end, exitCode: report.exitCode, message: report.message ?? '' }
}

export const FINISHED: RunnerReport = {
  outcome: 'finished',
  exitCode: 0,
  signal: null,
  message: null,
  report: null,
  lastLines: '',
  sessionId: null,
  sessionResumed: false,
  headSha: null,
  bundle: null
}
