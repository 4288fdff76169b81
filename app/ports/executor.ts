import type { AttemptId, AttemptSpec, AttemptState } from '#app/core/attempt.ts'

/**
 * A place to run attempts, keyed by attempt id (decisions 29). The contract suite
 * `app/testing/contracts/executor.ts` holds every implementation to these sentences.
 */
export interface Executor {
  readonly name: string
  /**
   * Idempotent: starting the same attempt twice starts one job. Returns when the place is being
   * prepared, not when the agent is done. Throws AGENT_MISSING when the agent's program is not to
   * be had here, NOT_ISOLATED when the place must be isolated and cannot, EXECUTOR_UNAVAILABLE
   * (retry) when the place cannot be asked.
   */
  start(attempt: AttemptSpec): Promise<void>
  /** The truth now; `absent` when the executor knows nothing of it. EXECUTOR_UNAVAILABLE when it cannot tell. */
  inspect(id: AttemptId): Promise<AttemptState>
  /** Every attempt it still holds, ours only, ended ones too until destroyed: what adoption and the sweep start from. */
  list(): AsyncIterable<AttemptId>
  /** Lines as they appear; ends when the job ends or the signal aborts. Unknown id: ends at once. */
  logs(id: AttemptId, signal: AbortSignal): AsyncIterable<string>
  /** Ends everything the attempt left (processes, folders). Safe after a failed start, after the end, and twice. */
  destroy(id: AttemptId): Promise<void>
}
