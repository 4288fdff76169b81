import type { Run, RunState } from '#app/core/run.ts'
import type { RunKind, StageName } from '#app/core/stage.ts'

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
    | 'retries'
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
  /** The newest run of an issue that succeeded with a result; of one stage or kind when `by` says so. */
  lastResult(
    repositoryId: string,
    by: { readonly issue: number; readonly stage?: StageName; readonly kind?: RunKind }
  ): Promise<Run | null>
  /** Running runs this worker holds whose next look is due. */
  due(worker: string, limit: number): Promise<readonly Run[]>
  /** Newest first, keyset paging by `before` (a run id). */
  list(filter: {
    readonly states?: readonly RunState[]
    readonly limit: number
    readonly before?: string
  }): Promise<readonly Run[]>
  /** Runs that have not ended, by state and stage, for metrics. */
  counts(): Promise<
    ReadonlyArray<{ readonly state: RunState; readonly stage: string; readonly count: number }>
  >
}
