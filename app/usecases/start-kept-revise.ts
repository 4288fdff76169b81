import type { Run } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import type { DecidedInput } from './carry-out.ts'
import { startRun } from './start-run.ts'
import type { World } from './world.ts'

/**
 * Reviews that came while a run was active become one revise when it has ended (decisions 6). Needs
 * the run's pull request; without one there is nothing to revise and the reviews stay recorded.
 */
export async function startKeptRevise(
  world: Pick<World, 'ids' | 'settings' | 'stages'>,
  tables: Tables,
  run: Run
): Promise<string | null> {
  const last = run.nextRevise.at(-1)
  if (last === undefined || run.pullRequest === null) return null
  const repository = await tables.projects.repositoryById(run.repositoryId)
  if (repository === null) return null
  const input: Omit<DecidedInput, 'decision'> = {
    repository,
    issue: { ...run.request.issue, open: true, labels: [] },
    trigger: last.trigger,
    pullRequest: run.pullRequest,
    comments: { kept: run.request.comments, leftOut: run.request.commentsLeftOut },
    review: run.nextRevise.flatMap(kept => kept.review)
  }
  const started = await startRun(world, tables, {
    ...input,
    decision: {
      kind: 'start',
      stage: run.stage,
      runKind: 'revise',
      parent: run.id,
      instruction: ''
    }
  })
  return typeof started === 'object' && 'run' in started ? started.run : null
}
