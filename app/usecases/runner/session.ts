import { AppError } from '#app/core/errors.ts'
import type { SavedSession } from '#app/ports/run-output.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** The session to go on from: this run's own after a retry, else that of the run it revises; only of the same agent. */
export async function loadSession(
  world: Pick<World, 'store'>,
  identity: RunnerIdentity
): Promise<SavedSession | null> {
  const { run } = identity
  return world.store.transaction(async ({ sessions }) => {
    const saved =
      (await sessions.load(run.id)) ??
      (run.parentId === null ? null : await sessions.load(run.parentId))
    return saved?.agent === run.agent.name ? saved : null
  })
}

/** Replaces the run's snapshot. TOO_LARGE past the configured size. */
export async function saveSession(
  world: Pick<World, 'store' | 'settings'>,
  identity: RunnerIdentity,
  session: { readonly sessionId: string | null; readonly data: Buffer }
): Promise<void> {
  const { sessionBytes } = world.settings.attempt
  if (session.data.byteLength > sessionBytes) {
    throw new AppError(
      'TOO_LARGE',
      `saving a session of ${session.data.byteLength} bytes; the limit is ${sessionBytes}`
    )
  }
  await world.store.transaction(({ sessions }) =>
    sessions.save({ runId: identity.run.id, agent: identity.run.agent.name, ...session })
  )
}
