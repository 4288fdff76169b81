/** Everything Postgres holds for us. Nothing inside a transaction goes to the network (decisions 32). */
import type {
  AttemptEnd,
  Isolation,
  LogChunk,
  RunnerEvent,
  RunnerReport
} from '#app/core/attempt.ts'
import type { AuditEntry } from '#app/core/audit.ts'
import type { ClaimedDelivery, DeliveryOutcome, NewDelivery } from '#app/core/delivery.ts'
import type { ClaimedEffect, NewEffect } from '#app/core/effect.ts'
import type { Person, RepositoryRef } from '#app/core/event.ts'
import type { Membership, Project, Repository } from '#app/core/project.ts'
import type { Run, RunState } from '#app/core/run.ts'

export interface Store {
  /**
   * Runs `work` on one transaction (read committed) and commits when it returns; a deadlock or
   * serialization failure (40P01, 40001) is tried again, three times. Throws DATABASE_UNREACHABLE
   * when there is no connection.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>
}

export interface Tables {
  readonly projects: Projects
  readonly deliveries: Deliveries
  readonly runs: Runs
  readonly runLists: RunLists
  readonly attempts: Attempts
  readonly attemptLists: AttemptLists
  readonly runEvents: RunEvents
  readonly logs: Logs
  readonly sessions: Sessions
  readonly effects: Effects
  readonly audit: Audit
  readonly links: Links
  readonly workers: Workers
}

export interface Projects {
  /** The repository by GitHub's numeric id; registers it in the default project, and follows renames and a new default branch or installation. */
  repository(ref: RepositoryRef): Promise<Repository>
  repositoryById(id: string): Promise<Repository | null>
  project(id: string): Promise<Project>
  /** Null when the person is no user of ours; matches by GitHub id, else by login for users never seen before. */
  membership(projectId: string, person: Person): Promise<Membership | null>
  repositories(): Promise<readonly Repository[]>
}

export interface Deliveries {
  /** False when the id is known already: a duplicate. */
  insert(delivery: NewDelivery): Promise<boolean>
  /** Takes up to `count` oldest waiting rows whose subject nobody works on; a lease of `leaseSeconds` in database time. A lost race is nothing, not an error. */
  claim(worker: string, count: number, leaseSeconds: number): Promise<readonly ClaimedDelivery[]>
  /** Ends the work on a row this worker holds. `retry` past 8 attempts becomes quarantine. Returns false when the row is no longer ours. */
  settle(id: string, worker: string, outcome: DeliveryOutcome): Promise<boolean>
  /** Gives rows with an expired lease back; returns how many. */
  releaseExpired(): Promise<number>
  /** Rows by state, for metrics. */
  counts(): Promise<Readonly<Record<string, number>>>
}

/** What a new run starts with; all else has its default. */
export type NewRun = Pick<
  Run,
  | 'id'
  | 'projectId'
  | 'repositoryId'
  | 'issueNumber'
  | 'stage'
  | 'kind'
  | 'locale'
  | 'triggerKey'
  | 'triggerLabel'
  | 'correlationId'
  | 'actor'
  | 'request'
  | 'parentId'
  | 'agent'
  | 'executor'
  | 'branch'
  | 'pullRequest'
  | 'timeoutSeconds'
>

/** Fields a use case may change. `nextCheckInSeconds` schedules the next look in database time. */
export type RunChange = Partial<
  Pick<
    Run,
    | 'state'
    | 'phase'
    | 'reason'
    | 'detail'
    | 'cancelBy'
    | 'cancelReason'
    | 'baseRef'
    | 'baseSha'
    | 'anchorSha'
    | 'headSha'
    | 'pullRequest'
    | 'prompt'
    | 'attempt'
    | 'result'
    | 'nextRevise'
    | 'statusCommentId'
    | 'checkRunId'
    | 'checkRunSha'
  >
> & {
  readonly promptSource?: Readonly<Record<string, unknown>>
  /** Sets `started_at` (once) and `deadline_at` = now + this. */
  readonly deadlineInSeconds?: number
  readonly nextCheckInSeconds?: number
}

export interface Runs {
  /** `active` when the issue has an active writing run, `duplicate` when the trigger key is known. */
  insert(run: NewRun): Promise<'created' | 'active' | 'duplicate'>
  /** Null when unknown. `lock` takes the row lock (for update). */
  load(id: string, lock?: 'lock'): Promise<Run | null>
  /**
   * Writes fields. With a fence: only when it is still the run's, else throws FENCED. `fence: null`
   * is for what any replica may write (cancel wish, stored comment and check ids). Setting a final
   * state also sets `finished_at`, phase `finished`, and frees the lease.
   */
  change(id: string, fence: number | null, change: RunChange): Promise<Run>
  /**
   * Takes up to `count` runs to work on: pending ones (oldest *claimable* first, fair between
   * projects: a project at its `max_parallel_runs` is passed over) become `running`, and running
   * ones whose lease ran out are taken over. Raises the fence. `totalLimit` bounds all running runs.
   */
  claim(
    worker: string,
    options: { readonly count: number; readonly leaseSeconds: number; readonly totalLimit: number }
  ): Promise<readonly Run[]>
  /** Renews the leases of all runs this worker holds; returns their ids and fences. */
  renew(
    worker: string,
    leaseSeconds: number
  ): Promise<ReadonlyArray<{ readonly id: string; readonly fence: number }>>
}

export interface RunLists {
  /** The active writing run of an issue. */
  active(repositoryId: string, issue: number): Promise<Run | null>
  /** The newest run of an issue, or of a pull request when `by` says so. */
  latest(
    repositoryId: string,
    by: { readonly issue: number } | { readonly pullRequest: number }
  ): Promise<Run | null>
  /** Running runs this worker holds whose next look is due. */
  due(worker: string, limit: number): Promise<readonly Run[]>
  /** Newest first, keyset paging by `before` (a run id). */
  list(filter: {
    readonly states?: readonly RunState[]
    readonly limit: number
    readonly before?: string
  }): Promise<readonly Run[]>
  /** Rows by state and stage, for metrics. */
  counts(): Promise<
    ReadonlyArray<{ readonly state: RunState; readonly stage: string; readonly count: number }>
  >
}

export interface Attempt {
  readonly id: string
  readonly runId: string
  readonly number: number
  readonly executor: string
  /** The machine whose runner host holds it (decisions 26). */
  readonly machine: string
  readonly state: 'created' | 'started' | 'ended'
  readonly isolation: Isolation | null
  readonly claimed: boolean
  readonly heartbeatAgeSeconds: number | null
  readonly ageSeconds: number
  readonly stopReason: string | null
  /** Since it was asked to stop; null when it was not. */
  readonly stoppingSeconds: number | null
  readonly end: AttemptEnd | null
  readonly message: string | null
  readonly report: RunnerReport | null
  readonly hasBundle: boolean
  readonly cleaned: boolean
  readonly startedAt: string
  readonly endedAt: string | null
}

export interface Attempts {
  /** Adds the next attempt of a run; the token's SHA-256 and its life in seconds. */
  insert(attempt: {
    readonly id: string
    readonly runId: string
    readonly number: number
    readonly executor: string
    readonly machine: string
  }): Promise<void>
  load(id: string): Promise<Attempt | null>
  /** Stores a (new) token hash; the old one stops working. */
  setToken(id: string, hash: Buffer, lifeSeconds: number): Promise<void>
  change(
    id: string,
    change: {
      readonly state?: Attempt['state']
      readonly isolation?: Isolation
      readonly claimed?: true
      readonly heartbeat?: true
      readonly stopReason?: string
      readonly end?: AttemptEnd
      readonly message?: string | null
      readonly report?: RunnerReport
      readonly cleaned?: true
      readonly revokeToken?: true
      readonly dropBundle?: true
    }
  ): Promise<void>
  /** The attempt whose live, unrevoked token has this hash. */
  byToken(hash: Buffer): Promise<Attempt | null>
}

export interface AttemptLists {
  of(runId: string): Promise<readonly Attempt[]>
  /** Attempts of this machine that ended, or whose run is final, and are not cleaned up yet. */
  uncleaned(machine: string): Promise<readonly Attempt[]>
  putBundle(id: string, sha256: string, data: Buffer): Promise<void>
  bundle(id: string): Promise<{ readonly sha256: string; readonly data: Buffer } | null>
}

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

export interface Sessions {
  /** Replaces the run's snapshot. */
  save(session: SavedSession): Promise<void>
  load(runId: string): Promise<SavedSession | null>
  /** Whether a run has one, without its bytes. */
  describe(runId: string): Promise<{
    readonly agent: string
    readonly sessionId: string | null
    readonly bytes: number
  } | null>
}

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
  releaseExpired(): Promise<number>
  /** State and result of one effect by key; null when it was never asked for. */
  find(key: string): Promise<{
    readonly state: 'waiting' | 'working' | 'done' | 'failed'
    readonly result: Readonly<Record<string, unknown>> | null
    readonly error: string | null
  } | null>
}

export interface Audit {
  add(entry: AuditEntry): Promise<void>
}

export interface Links {
  /** Repeats are ignored. */
  add(link: {
    readonly from: readonly [type: string, id: string]
    readonly to: readonly [type: string, id: string]
    readonly type: string
  }): Promise<void>
}

export interface WorkerInstance {
  readonly id: string
  readonly machine: string
  readonly role: 'web' | 'worker' | 'all'
  readonly pid: number
  readonly version: string
}

export interface Workers {
  register(worker: WorkerInstance): Promise<void>
  heartbeat(id: string): Promise<void>
  /** Marks it stopped and gives back every lease it holds: runs (handover), deliveries, effects. */
  stop(id: string): Promise<void>
  /** Instances whose heartbeat is older than `seconds` and are not stopped; marks them stopped and returns their ids. */
  reapDead(seconds: number): Promise<readonly string[]>
  /** Instances of this machine that are not marked stopped, for a start that follows a crash. */
  onMachine(machine: string): Promise<ReadonlyArray<{ readonly id: string; readonly pid: number }>>
}

/** A hint that there is something to do; a poll is the backstop, so losing one costs a second. */
export interface Wake {
  hint(kind: WakeKind): void
  on(listener: (kind: WakeKind) => void): () => void
}

export type WakeKind = 'deliveries' | 'effects' | 'runs'

/** One bucket for all replicas (decisions 35). */
export interface RateLimiter {
  /**
   * Asks for `cost` tokens of a bucket. `{ waitMs: 0 }` grants; otherwise nothing was taken and the
   * caller asks again after `waitMs`. `reserve` tokens are left for better lanes.
   */
  take(bucket: string, cost: number, reserve: number): Promise<{ readonly waitMs: number }>
  /** Nothing passes before that many seconds from now, on any replica; keeps the later time. */
  block(bucket: string, seconds: number): Promise<void>
}
