import { refuse } from '#app/core/decision.ts'
import type { Repository } from '#app/core/project.ts'
import type { KeptReview, Run, TrustedText } from '#app/core/run.ts'
import type { Settings } from '#app/core/settings.ts'
import type { Tables } from '#app/ports/store.ts'
import { refuseTrigger } from './refuse-trigger.ts'
import { startRun } from './start-run.ts'
import type { World } from './world.ts'

/**
 * Reviews that came while a run was active become one revise when it has ended (decisions 6), in
 * the transaction that ends it. Where nothing can be revised each is answered with the reason.
 */
export async function startKeptRevise(
  world: Pick<World, 'ids' | 'stages'> & {
    readonly settings: Pick<Settings, 'labels'>
  },
  tables: Tables,
  run: Run
): Promise<void> {
  const { nextRevise } = run
  const last = nextRevise.at(-1)
  const repository = await tables.projects.repositoryById(run.repositoryId)
  if (last === undefined || repository === null) return
  await tables.runs.change(run.id, null, { nextRevise: [] })
  if (run.pullRequest !== null) {
    const started = await startRun(world, tables, {
      repository,
      issue: { ...run.request.issue, open: true, labels: [] },
      trigger: last.trigger,
      decision: {
        kind: 'start',
        stage: run.stage,
        runKind: 'revise',
        parent: run.id,
        instruction: ''
      },
      pullRequest: run.pullRequest,
      chosen: { agent: run.agent, refusedModel: null },
      executor: run.executor,
      comments: { kept: run.request.comments, leftOut: run.request.commentsLeftOut },
      review: distinct(nextRevise.flatMap(kept => kept.review))
    })
    if (started === 'duplicate' || 'run' in started) return
  }
  for (const kept of nextRevise) await refuseKept(world, tables, { run, repository, kept })
}

async function refuseKept(
  world: { readonly settings: Pick<Settings, 'labels'> },
  tables: Tables,
  input: { readonly run: Run; readonly repository: Repository; readonly kept: KeptReview }
): Promise<void> {
  const { run, repository, kept } = input
  const refusal = refuse('run.revise.pr_not_found')
  await refuseTrigger(world, tables, repository, {
    trigger: kept.trigger,
    refusal,
    issue: run.issueNumber
  })
}

/** Deliveries may come in any order, so two kept reviews may hold the same remark. */
function distinct(texts: readonly TrustedText[]): readonly TrustedText[] {
  return [...new Map(texts.map(text => [JSON.stringify(text), text])).values()]
}
