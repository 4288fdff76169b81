/** Level-triggered: looks at the row and at the executor, and takes the next step under the fence (decisions 20, 29). */
import { attemptId } from '#app/core/attempt.ts'
import type { Run } from '#app/core/run.ts'
import { checkResult } from './check-result.ts'
import { finishRun } from './finish-run.ts'
import { prepareRun } from './prepare-run.ts'
import { publishRun } from './publish-run.ts'
import { startAttempt } from './start-attempt.ts'
import { startKeptRevise } from './start-kept-revise.ts'
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
>

/** What a step leaves: the run as it is now, and whether another step can be taken at once. */
export interface Step {
  readonly run: Run
  readonly again: boolean
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
    step = await takeStep(world, step.run)
  }
  if (step.run.state !== 'running' && step.run.nextRevise.length > 0)
    await beginKept(world, step.run)
  world.wake.hint('effects')
  return step.run
}

async function takeStep(world: RunWorld, run: Run): Promise<Step> {
  const early = run.phase === 'created' || run.phase === 'preparing'
  if (run.cancelBy !== null && early) return cancelEarly(world, run)
  switch (run.phase) {
    case 'created':
      return prepareRun(world, run)
    case 'preparing':
      return startAttempt(world, run)
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
    finishRun(tables, run, { state: 'canceled', reason: null, detail: null }, run.fence)
  )
  return { run: ended, again: false }
}

async function beginKept(world: RunWorld, run: Run): Promise<void> {
  const started = await world.store.transaction(async tables => {
    const locked = await tables.runs.load(run.id, 'lock')
    if (locked === null || locked.nextRevise.length === 0) return null
    const id = await startKeptRevise(world, tables, locked)
    await tables.runs.change(run.id, null, { nextRevise: [] })
    return id
  })
  if (started !== null) world.wake.hint('runs')
}
