/** Level-triggered: looks at the row and at the executor, and takes the next step under the fence (decisions 20, 29). */
import { attemptId } from '#app/core/attempt.ts'
import type { Run } from '#app/core/run.ts'
import { checkResult } from './check-result.ts'
import { finishRun } from './finish-run.ts'
import { prepareRun } from './prepare-run.ts'
import { publishRun } from './publish-run.ts'
import { startAttempt } from './start-attempt.ts'
import { watchAttempt } from './watch-attempt.ts'
import type { World } from './world.ts'

export type RunWorld = Pick<
  World,
  | 'store'
  | 'wake'
  | 'clock'
  | 'ids'
  | 'log'
  | 'settings'
  | 'stages'
  | 'github'
  | 'git'
  | 'scanner'
  | 'executors'
  | 'redactor'
  | 'load'
>

/** What a step leaves: the run as it is now, and whether another step can be taken at once. */
export interface Step {
  readonly run: Run
  readonly again: boolean
  /** The token of an attempt that this worker has just made: no place of it can be anywhere yet. */
  readonly token?: string
}

const MOST_STEPS = 12

/**
 * Takes steps until the run ends or must wait. The caller holds the lease; every write carries the
 * fence, so that a worker that lost it stops with FENCED and changes nothing.
 */
export async function reconcileRun(world: RunWorld, run: Run): Promise<Run> {
  let step: Step = { run, again: true }
  for (
    let taken = 0;
    step.again && taken < MOST_STEPS && step.run.state === 'running';
    taken += 1
  ) {
    step = await takeStep(world, step.run, step.token ?? null)
  }
  world.wake.hint('effects')
  if (step.run.state !== 'running') world.wake.hint('runs')
  return step.run
}

async function takeStep(world: RunWorld, run: Run, token: string | null): Promise<Step> {
  const early = run.phase === 'created' || run.phase === 'preparing'
  if (run.cancelBy !== null && early) return cancelEarly(world, run)
  switch (run.phase) {
    case 'created':
      return prepareRun(world, run)
    case 'preparing':
      return startAttempt(world, run, token)
    case 'agent':
      return watchAttempt(world, run)
    case 'checking':
      return checkResult(world, run)
    case 'publishing':
      return publishRun(world, run)
    case 'finished':
      return { run, again: false }
  }
}

/** Nothing of the agent's runs yet, or it may just have started: the place is torn down, then the run ends. */
async function cancelEarly(world: RunWorld, run: Run): Promise<Step> {
  if (run.attempt > 0) await world.executors[run.executor]?.destroy(attemptId(run.id, run.attempt))
  const ended = await world.store.transaction(tables =>
    finishRun(world, tables, run, { state: 'canceled', reason: null, detail: null }, run.fence)
  )
  return { run: ended, again: false }
}
