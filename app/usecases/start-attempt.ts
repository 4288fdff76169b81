import { createHash } from 'node:crypto'
import { type AttemptId, attemptId } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { FailureReason, Run } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import { failRun } from './fail-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'
import { askForCheckRun } from './start-run.ts'

/** A token outlives its attempt's deadline by this much, for the handing over (decisions 22). */
const TOKEN_GRACE_SECONDS = 600

/** Failures of a start that no further try would mend, and the run's reason for each. */
const FINAL: Readonly<Record<string, FailureReason>> = {
  AGENT_MISSING: 'agent_missing',
  AGENT_UNKNOWN: 'agent_missing',
  NOT_ISOLATED: 'not_isolated'
}

/** The hash of a run token, as stored (decisions 22). */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Lets a token speak for an attempt that may last so many seconds. */
export async function allowToken(
  { attempts }: Pick<Tables, 'attempts'>,
  id: AttemptId,
  { token, seconds }: { readonly token: string; readonly seconds: number }
): Promise<void> {
  const life = Math.max(Math.ceil(seconds), 1 - TOKEN_GRACE_SECONDS) + TOKEN_GRACE_SECONDS
  await attempts.setToken(id, hashToken(token), life)
}

/**
 * Starts the attempt's runner. `token`: that of an attempt that was made in the step before. Without
 * one, after a takeover or a failure, the place may be there already: then it is adopted as it is,
 * with the token it has.
 */
export async function startAttempt(world: RunWorld, run: Run, token: string | null): Promise<Step> {
  const id = attemptId(run.id, run.attempt)
  const executor = world.executors[run.executor]
  if (executor === undefined)
    return failRun(world, run, 'place_failed', `executor ${run.executor} is not there`)
  if (token !== null) {
    const failed = await start(world, run, token)
    if (failed !== null) return failed
    return started(world, run)
  }
  const attempt = await world.store.transaction(({ attempts }) => attempts.load(id))
  const here = attempt !== null && attempt.machine === world.settings.machine
  const state = here ? await executor.inspect(id) : { kind: 'absent' as const }
  if (state.kind === 'absent' && !here) return anotherAttempt(world, run)
  if (state.kind === 'absent') {
    const failed = await startAgain(world, run)
    if (failed !== null) return failed
  }
  return started(world, run)
}

async function started(world: RunWorld, run: Run): Promise<Step> {
  const id = attemptId(run.id, run.attempt)
  const changed = await world.store.transaction(async tables => {
    const next = await tables.runs.change(run.id, run.fence, {
      phase: 'agent',
      nextCheckInSeconds: 2
    })
    await tables.attempts.change(id, { state: 'started' })
    await tables.runEvents.add(run.id, 'run.place_started', { attempt: run.attempt })
    await askForCheckRun(tables, run)
    return next
  })
  return { run: changed, again: false }
}

/** The token of an earlier try is known to nobody any more. */
async function startAgain(world: RunWorld, run: Run): Promise<Step | null> {
  const id = attemptId(run.id, run.attempt)
  const token = world.ids.token()
  const seconds = (Date.parse(deadlineOf(world, run)) - world.clock.now().getTime()) / 1000
  await world.store.transaction(tables => allowToken(tables, id, { token, seconds }))
  return start(world, run, token)
}

function deadlineOf(world: RunWorld, run: Run): string {
  const latest = world.clock.now().getTime() + run.timeoutSeconds * 1000
  return run.deadlineAt ?? new Date(latest).toISOString()
}

async function start(world: RunWorld, run: Run, token: string): Promise<Step | null> {
  try {
    await world.executors[run.executor]?.start({
      id: attemptId(run.id, run.attempt),
      run: run.id,
      number: run.attempt,
      appUrl: world.settings.appUrl,
      token,
      agent: run.agent,
      deadlineAt: deadlineOf(world, run)
    })
    return null
  } catch (error) {
    const reason = error instanceof AppError ? FINAL[error.code] : undefined
    if (error instanceof AppError && reason !== undefined)
      return failRun(world, run, reason, error.message)
    throw error
  }
}

/** The machine that was to hold this attempt is gone before it began: a new one, here. */
async function anotherAttempt(world: RunWorld, run: Run): Promise<Step> {
  const changed = await world.store.transaction(async tables => {
    await tables.attempts.change(attemptId(run.id, run.attempt), {
      state: 'ended',
      end: 'lost',
      revokeToken: true
    })
    return tables.runs.change(run.id, run.fence, { phase: 'created' })
  })
  return { run: changed, again: true }
}
