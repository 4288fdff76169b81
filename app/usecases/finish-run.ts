import { attemptId } from '#app/core/attempt.ts'
import { LANES } from '#app/core/effect.ts'
import type { StageResult } from '#app/core/result.ts'
import type { FinalState, Run } from '#app/core/run.ts'
import type { Settings } from '#app/core/settings.ts'
import type { Tables } from '#app/ports/store.ts'
import { startKeptRevise } from './start-kept-revise.ts'
import { askForDisplay } from './start-run.ts'
import type { World } from './world.ts'

export type FinishWorld = Pick<World, 'ids' | 'stages'> & {
  readonly settings: Pick<Settings, 'labels'>
}

export interface RunEnd {
  readonly state: FinalState
  readonly reason: string | null
  /** A sentence or a list of paths for people; no secrets. */
  readonly detail: string | null
  readonly result?: StageResult
}

/**
 * The one finaliser. In one transaction: final state under the fence, token revoked, trigger label
 * off, comment and check run asked to close, audit, and the revise that reviews kept waiting for.
 */
export async function finishRun(
  world: FinishWorld,
  tables: Tables,
  run: Run,
  end: RunEnd,
  fence: number | null
): Promise<Run> {
  const finished = await tables.runs.change(run.id, fence, {
    state: end.state,
    phase: 'finished',
    reason: end.reason,
    detail: end.detail,
    ...(end.result === undefined ? {} : { result: end.result })
  })
  if (run.attempt > 0) {
    await tables.attempts.change(attemptId(run.id, run.attempt), {
      revokeToken: true,
      dropBundle: true
    })
  }
  await tables.runEvents.add(
    run.id,
    `run.${end.state}`,
    end.reason === null ? {} : { reason: end.reason }
  )
  await tables.audit.add({
    correlationId: run.correlationId,
    type: `run.${end.state}`,
    actorType: run.cancelBy === null ? 'system' : 'human',
    actor: run.cancelBy ?? 'stagewright',
    reason: end.reason,
    projectId: run.projectId,
    repositoryId: run.repositoryId,
    issueNumber: run.issueNumber,
    runId: run.id,
    payload: { attempt: run.attempt }
  })
  if (run.triggerLabel !== null) {
    await tables.effects.add({
      key: `unlabel:${run.triggerKey}:a${run.attempt}`,
      effect: {
        kind: 'remove-label',
        repository: run.repositoryId,
        thread: run.request.trigger.thread,
        label: run.triggerLabel
      },
      lane: LANES.normal,
      run: run.id,
      correlationId: run.correlationId
    })
  }
  await askForDisplay(tables, finished)
  if (finished.nextRevise.length > 0) await startKeptRevise(world, tables, finished)
  return finished
}
