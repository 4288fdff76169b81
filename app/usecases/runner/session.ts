import { AppError } from '#app/core/errors.ts'
import type { Run } from '#app/core/run.ts'
import type { SavedSession, SessionInfo } from '#app/ports/run-output.ts'
import type { Tables } from '#app/ports/store.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** The session to go on from, with its bytes. */
export async function loadSession(
  world: Pick<World, 'store'>,
  identity: RunnerIdentity
): Promise<SavedSession | null> {
  const { run } = identity
  return world.store.transaction(async tables => {
    const found = await findSession(tables, run)
    return found === null ? null : tables.sessions.load(found.runId)
  })
}

/**
 * This run's own after a retry; for a revise else the newest of the issue's stage, because the run
 * before it may have ended before its agent began. Other work starts cold. Only of the same agent.
 */
export async function findSession(
  { sessions }: Pick<Tables, 'sessions'>,
  run: Run
): Promise<SessionInfo | null> {
  const own = await sessions.describe(run.id)
  if (own?.agent === run.agent.name) return own
  if (run.kind !== 'revise') return null
  return sessions.newest({
    repositoryId: run.repositoryId,
    issue: run.issueNumber,
    stage: run.stage,
    agent: run.agent.name
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
