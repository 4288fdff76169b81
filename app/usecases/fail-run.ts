import type { StageResult } from '#app/core/result.ts'
import type { FailureReason, Run } from '#app/core/run.ts'
import { finishRun } from './finish-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'

/** Ends a run as failed, with its reason and a sentence or list for people. */
export async function failRun(
  world: Pick<RunWorld, 'store' | 'ids' | 'settings' | 'stages'>,
  run: Run,
  reason: FailureReason,
  detail: string | null,
  result?: StageResult
): Promise<Step> {
  const end = {
    state: 'failed' as const,
    reason,
    detail,
    ...(result === undefined ? {} : { result })
  }
  const failed = await world.store.transaction(tables =>
    finishRun(world, tables, run, end, run.fence)
  )
  return { run: failed, again: false }
}
