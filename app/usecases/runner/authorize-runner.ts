import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import { isFinal, type Run } from '#app/core/run.ts'
import type { Attempt } from '#app/ports/attempts.ts'
import { hashToken } from '#app/usecases/start-attempt.ts'
import type { World } from '#app/usecases/world.ts'

/** Who speaks: the attempt that this token is bound to, its run and its repository. */
export interface RunnerIdentity {
  readonly attempt: Attempt
  readonly run: Run
  readonly repository: Repository
}

/**
 * The one door for a run token. UNAUTHORIZED when it is unknown, expired or revoked; FENCED when
 * the run has moved on to another attempt or has ended.
 */
export async function authorizeRunner(
  world: Pick<World, 'store'>,
  token: string
): Promise<RunnerIdentity> {
  return world.store.transaction(async ({ attempts, runs, projects }) => {
    const attempt = await attempts.byToken(hashToken(token))
    if (attempt === null)
      throw new AppError('UNAUTHORIZED', 'checking a run token: it is unknown, expired or revoked')
    const run = await runs.load(attempt.runId)
    const repository = run === null ? null : await projects.repositoryById(run.repositoryId)
    if (run === null || repository === null)
      throw new AppError('UNAUTHORIZED', 'checking a run token: its run is gone')
    if (isFinal(run.state) || run.attempt !== attempt.number) {
      throw new AppError(
        'FENCED',
        `speaking for attempt ${attempt.number} of run ${run.id}, which has moved on`
      )
    }
    return { attempt, run, repository }
  })
}
