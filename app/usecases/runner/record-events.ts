import type { RunnerEvent } from '#app/core/attempt.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** Stores a runner's numbered events, redacted; returns the next number expected. Repeats are ignored. */
export async function recordEvents(
  world: Pick<World, 'store' | 'redactor' | 'wake'>,
  identity: RunnerIdentity,
  events: ReadonlyArray<RunnerEvent & { readonly seq: number }>
): Promise<number> {
  const { attempt, run } = identity
  const clean = events.map(event => ({ ...event, data: redactData(world, event.data) }))
  return world.store.transaction(({ runEvents }) =>
    runEvents.addFromRunner(run.id, attempt.number, clean)
  )
}

function redactData(
  world: Pick<World, 'redactor'>,
  data: RunnerEvent['data']
): RunnerEvent['data'] {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' ? world.redactor.redact(value) : value
    ])
  )
}
