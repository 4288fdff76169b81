/** What a run leaves while it works: events, log, session. */
import type { LogChunk, RunnerEvent } from '#app/core/attempt.ts'
import type { StageName } from '#app/core/stage.ts'

export interface StoredRunEvent {
  readonly seq: number
  readonly attempt: number | null
  readonly type: string
  readonly at: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface RunEvents {
  /** Adds an event of the platform's own to the run's numbered stream. */
  add(runId: string, type: string, data: Readonly<Record<string, unknown>>): Promise<void>
  /** Adds a runner's events, ignoring numbers already stored; returns the next number expected. */
  addFromRunner(
    runId: string,
    attempt: number,
    events: ReadonlyArray<RunnerEvent & { readonly seq: number }>
  ): Promise<number>
  list(runId: string, afterSeq: number, limit: number): Promise<readonly StoredRunEvent[]>
  /** The last `limit` events of a type, oldest first. */
  newest(runId: string, type: string, limit: number): Promise<readonly StoredRunEvent[]>
}

export interface Logs {
  /** `stored`, `known` (ignored) or `gap`; `next` is the next number expected. Stored text is already redacted. */
  put(
    runId: string,
    attempt: number,
    chunk: LogChunk
  ): Promise<{ readonly outcome: 'stored' | 'known' | 'gap'; readonly next: number }>
  next(runId: string, attempt: number): Promise<number>
  /** The last `lines` lines of an attempt. */
  tail(runId: string, attempt: number, lines: number): Promise<string>
  /** Chunks after `seq`, in order, at most `limit`. */
  read(
    runId: string,
    attempt: number,
    afterSeq: number,
    limit: number
  ): Promise<readonly LogChunk[]>
}

export interface SavedSession {
  readonly runId: string
  readonly agent: string
  readonly sessionId: string | null
  readonly data: Buffer
}

/** A saved session without its data; `bytes` is the size of that. */
export interface SessionInfo {
  readonly runId: string
  readonly agent: string
  readonly sessionId: string | null
  readonly bytes: number
}

export interface Sessions {
  /** Replaces the run's snapshot. */
  save(session: SavedSession): Promise<void>
  load(runId: string): Promise<SavedSession | null>
  describe(runId: string): Promise<SessionInfo | null>
  /** The one saved last by any run of an issue's stage with this agent, whatever became of the run. */
  newest(of: {
    readonly repositoryId: string
    readonly issue: number
    readonly stage: StageName
    readonly agent: string
  }): Promise<SessionInfo | null>
}
