import { attemptId } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { FailureReason, Run, RunPhase } from '#app/core/run.ts'
import { failRun } from './fail-run.ts'
import type { RunWorld } from './reconcile-run.ts'

/** What a run fails of when its step cannot be taken, by the phase it is in. */
const REASONS: Readonly<Record<RunPhase, FailureReason>> = {
  created: 'place_failed',
  preparing: 'place_failed',
  agent: 'place_failed',
  checking: 'bundle_invalid',
  publishing: 'publish_failed',
  finished: 'publish_failed'
}

/** Whether a failed step is worth another try: not what a known code says is final, nor past this many in a row. */
export function mayTryAgain(error: unknown, failures: number): boolean {
  if (!(error instanceof AppError)) return failures < 20
  if (!error.retry) return false
  // GitHub, git or the executor is away: about an hour at 15 s.
  return failures < (error.code === 'INTERNAL' ? 20 : 240)
}

/** Ends a run whose step keeps failing, so that its slot is free and its issue is told. */
export async function giveUpRun(world: RunWorld, run: Run, error: unknown): Promise<Run> {
  const known =
    error instanceof AppError ? `${error.code}: ${error.message}` : 'an unexpected failure'
  const now = await world.store.transaction(({ runs }) => runs.load(run.id))
  if (now === null || now.state !== 'running') return now ?? run
  if (now.attempt > 0) {
    await world.store.transaction(({ attempts }) =>
      attempts.change(attemptId(now.id, now.attempt), { stopReason: 'given_up' })
    )
  }
  const step = await failRun(
    world,
    { ...now, fence: run.fence },
    REASONS[now.phase],
    world.redactor.redact(known)
  )
  return step.run
}
