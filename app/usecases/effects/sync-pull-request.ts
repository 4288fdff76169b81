import { AppError } from '#app/core/errors.ts'
import { REPLIES } from '#app/replies/index.ts'
import type { EffectResult, EffectWorld } from '#app/usecases/perform-effect.ts'
import { loadRun } from './load-run.ts'

/** Opens the run's pull request, or adds this run's part to the one that is open. */
export async function syncPullRequest(world: EffectWorld, id: string): Promise<EffectResult> {
  const { run, repository } = await loadRun(world, id)
  const { result } = run
  if (result === null)
    throw new AppError('FENCED', `opening the pull request of run ${run.id}, which has no result`)
  const texts = REPLIES.pullRequest.render[run.locale]
  const pull = await world.github.pullRequest(repository, {
    branch: run.branch,
    base: repository.defaultBranch,
    title: texts({ run, result, existing: null }).title,
    body: existing => texts({ run, result, existing }).body
  })
  return { number: pull.number, url: pull.url }
}
