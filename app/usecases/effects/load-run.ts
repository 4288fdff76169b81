import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'
import type { EffectWorld } from '#app/usecases/perform-effect.ts'

/** The run as it is now, and its repository. Throws RUN_NOT_FOUND. */
export async function loadRun(
  world: Pick<EffectWorld, 'store'>,
  id: string
): Promise<{ readonly run: Run; readonly repository: Repository }> {
  return world.store.transaction(async ({ runs, projects }) => {
    const run = await runs.load(id)
    const repository = run === null ? null : await projects.repositoryById(run.repositoryId)
    if (run === null || repository === null)
      throw new AppError('RUN_NOT_FOUND', `loading run ${id}`)
    return { run, repository }
  })
}
