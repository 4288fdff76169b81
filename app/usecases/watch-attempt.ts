import { type AttemptState, attemptId } from '#app/core/attempt.ts'
import { LANES } from '#app/core/effect.ts'
import type { Run } from '#app/core/run.ts'
import { decideWatch } from '#app/core/watch.ts'
import type { Attempt } from '#app/ports/attempts.ts'
import { failRun } from './fail-run.ts'
import { finishRun } from './finish-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'
import { askForCheckRun } from './start-run.ts'

/** With more runs than this the log's tail is shown less often (decisions 36). */
const FEW_RUNS = 2
const MANY_RUNS_MS = 15_000

/** Looks at a live attempt and does what the rules say: wait, stop it, take its result, or start another. */
export async function watchAttempt(world: RunWorld, run: Run): Promise<Step> {
  const id = attemptId(run.id, run.attempt)
  const { attempt, before } = await world.store.transaction(async tables => ({
    attempt: await tables.attempts.load(id),
    before: (await tables.attemptLists.of(run.id)).filter(other => other.number < run.attempt)
  }))
  if (attempt === null) return failRun(world, run, 'attempt_lost', 'its attempt is not recorded')
  const state = await inspect(world, run, attempt)
  const now = world.clock.now().getTime()
  const decision = decideWatch({
    reported: attempt.report !== null,
    state,
    heartbeatAgeSeconds: attempt.heartbeatAgeSeconds,
    ageSeconds: attempt.ageSeconds,
    stoppingSeconds: attempt.stoppingSeconds,
    canceled: run.cancelBy !== null,
    pastDeadlineSeconds: run.deadlineAt === null ? 0 : (now - Date.parse(run.deadlineAt)) / 1000,
    heldSeconds: run.heldSeconds,
    lostBefore: lostInARow(before),
    maxAttempts: world.settings.maxAttempts
  })
  switch (decision.kind) {
    case 'wait':
      return wait(world, run, { attempt, state, seconds: decision.seconds })
    case 'stop':
      return stop(world, run, attempt, decision.reason)
    case 'take-result': {
      const changed = await world.store.transaction(async tables => {
        await tables.attempts.change(id, { state: 'ended' })
        return tables.runs.change(run.id, run.fence, { phase: 'checking' })
      })
      return { run: changed, again: true }
    }
    case 'end':
      await world.executors[run.executor]?.destroy(id)
      return endWithoutResult(world, run, decision.state)
    case 'again':
      return again(world, run, decision.why)
    case 'fail':
      return failRun(world, run, decision.reason, decision.detail)
  }
}

/** Counted back from the newest; a person's retry follows an attempt that was not given up as lost, so it starts anew. */
function lostInARow(before: readonly Attempt[]): number {
  const newestFirst = [...before].sort((left, right) => right.number - left.number)
  const kept = newestFirst.findIndex(attempt => attempt.end !== 'lost')
  return kept === -1 ? newestFirst.length : kept
}

/** Another machine's local attempt cannot be asked; its heartbeat is all we know (decisions 26). */
async function inspect(world: RunWorld, run: Run, attempt: Attempt): Promise<AttemptState | null> {
  if (attempt.machine !== world.settings.machine) return null
  return (await world.executors[run.executor]?.inspect(attempt.id)) ?? null
}

async function wait(
  world: RunWorld,
  run: Run,
  input: {
    readonly attempt: Attempt
    readonly state: AttemptState | null
    readonly seconds: number
  }
): Promise<Step> {
  const { attempt, state, seconds } = input
  const changed = await world.store.transaction(async tables => {
    if (state?.kind === 'running' && attempt.isolation === null) {
      await tables.attempts.change(attempt.id, { isolation: state.isolation })
    }
    await tables.effects.add({
      key: `sync-check-run:${run.id}`,
      effect: { kind: 'sync-check-run', run: run.id },
      lane: LANES.progress,
      run: run.id,
      correlationId: run.correlationId,
      delayMs: world.load() <= FEW_RUNS ? 1000 : MANY_RUNS_MS
    })
    return tables.runs.change(run.id, run.fence, { nextCheckInSeconds: seconds })
  })
  return { run: changed, again: false }
}

async function stop(world: RunWorld, run: Run, attempt: Attempt, reason: string): Promise<Step> {
  const changed = await world.store.transaction(async tables => {
    await tables.attempts.change(attempt.id, { stopReason: reason })
    await tables.runEvents.add(run.id, 'run.stopping', { reason })
    await askForCheckRun(tables, run)
    return tables.runs.change(run.id, run.fence, { nextCheckInSeconds: 2 })
  })
  return { run: changed, again: false }
}

async function endWithoutResult(
  world: RunWorld,
  run: Run,
  state: 'canceled' | 'timed_out'
): Promise<Step> {
  const ended = await world.store.transaction(async tables => {
    await tables.attempts.change(attemptId(run.id, run.attempt), { state: 'ended', end: 'killed' })
    return finishRun(world, tables, run, { state, reason: null, detail: null }, run.fence)
  })
  return { run: ended, again: false }
}

/** An infrastructure cause: same run, next attempt, with whatever session was saved. */
async function again(world: RunWorld, run: Run, why: string): Promise<Step> {
  await world.executors[run.executor]?.destroy(attemptId(run.id, run.attempt))
  const changed = await world.store.transaction(async tables => {
    await tables.attempts.change(attemptId(run.id, run.attempt), {
      state: 'ended',
      end: 'lost',
      message: why,
      revokeToken: true
    })
    await tables.runEvents.add(run.id, 'run.attempt_lost', { attempt: run.attempt, why })
    await tables.audit.add({
      correlationId: run.correlationId,
      type: 'run.attempt_lost',
      actorType: 'system',
      actor: 'stagewright',
      reason: 'attempt_lost',
      projectId: run.projectId,
      repositoryId: run.repositoryId,
      issueNumber: run.issueNumber,
      runId: run.id,
      payload: { attempt: run.attempt, why }
    })
    return tables.runs.change(run.id, run.fence, { phase: 'created' })
  })
  return { run: changed, again: true }
}
