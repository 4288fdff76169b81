import type { RunnerOrder } from '#app/core/attempt.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** Notes that the runner lives, and tells it to go on or to end now. */
export async function beat(
  world: Pick<World, 'store'>,
  identity: RunnerIdentity
): Promise<RunnerOrder> {
  const { attempt, run } = identity
  await world.store.transaction(({ attempts }) => attempts.change(attempt.id, { heartbeat: true }))
  if (attempt.stopReason !== null) return { order: 'stop', reason: attempt.stopReason }
  if (run.cancelBy !== null) return { order: 'stop', reason: 'canceled' }
  return { order: 'continue', reason: null }
}
