import type { Effect } from '#app/core/effect.ts'
import { AppError } from '#app/core/errors.ts'
import { takeIn } from '#app/usecases/check-result.ts'
import type { EffectResult, EffectWorld } from '#app/usecases/perform-effect.ts'
import { loadRun } from './load-run.ts'

/**
 * Pushes what passed the gate, as the App. Fast-forward on an open pull request; where the branch
 * starts again (decisions 12) what stands there is replaced only when nobody else's unmerged
 * commits are on it.
 */
export async function pushBranch(
  world: EffectWorld,
  effect: Extract<Effect, { kind: 'push-branch' }>
): Promise<EffectResult> {
  const { run, repository } = await loadRun(world, effect.run)
  if (run.attempt !== effect.attempt || run.phase !== 'publishing' || run.headSha === null) {
    throw new AppError(
      'FENCED',
      `pushing for attempt ${effect.attempt} of run ${run.id}, which has moved on`
    )
  }
  const facts = await takeIn(world, repository, run)
  if (facts.headSha !== run.headSha) {
    throw new AppError(
      'BUNDLE_INVALID',
      `pushing ${run.headSha}: the stored bundle holds ${facts.headSha}`
    )
  }
  const remote = await world.github.head(repository, run.branch)
  const restart = run.baseRef !== `refs/heads/${run.branch}`
  let replace: string | null = null
  if (remote !== null && remote !== run.headSha && restart) {
    const others = await world.github.foreignAuthors(
      repository,
      run.branch,
      repository.defaultBranch
    )
    if (others.length > 0) {
      throw new AppError(
        'BRANCH_TAKEN',
        `pushing ${run.branch}: it holds unmerged commits of ${others.join(', ')}`
      )
    }
    replace = remote
  }
  await world.git.push(repository, {
    run: run.id,
    branch: run.branch,
    headSha: run.headSha,
    replace
  })
  return { branch: run.branch, head: run.headSha }
}
