import type { Trigger } from '#app/core/command.ts'
import type { Facts, RunFacts } from '#app/core/decision.ts'
import { TRUSTED_ASSOCIATIONS } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run, TrustedText } from '#app/core/run.ts'
import { branchOf } from '#app/core/run.ts'
import { trustedComments } from '#app/core/trusted-text.ts'
import type { PullRequest } from '#app/ports/github.ts'
import type { World } from './world.ts'

/** The issue a trigger is about, as it was in the delivery. */
export interface TriggeredIssue {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly author: string
  readonly url: string
  readonly open: boolean
  readonly labels: readonly string[]
}

export interface Gathered {
  readonly facts: Facts
  readonly pullRequest: PullRequest | null
}

type FactWorld = Pick<World, 'store' | 'github' | 'settings' | 'stages'>

/** Facts for a decision about an issue: our own rows, and what GitHub says of its branch. */
export async function gatherFacts(
  world: FactWorld,
  repository: Repository,
  input: { readonly issue: TriggeredIssue; readonly trigger: Trigger }
): Promise<Gathered> {
  const { issue, trigger } = input
  const branch = branchOf(issue.number)
  const [rows, pullRequest, head] = await Promise.all([
    world.store.transaction(async ({ runLists }) => ({
      active: await runLists.active(repository.id, issue.number),
      last: await runLists.latest(repository.id, { issue: issue.number })
    })),
    world.github.openPullRequest(repository, branch),
    world.github.head(repository, branch)
  ])
  const taken =
    pullRequest === null && head !== null
      ? await world.github.foreignAuthors(repository, branch, repository.defaultBranch)
      : []
  return {
    pullRequest,
    facts: {
      trigger,
      issue: { number: issue.number, open: issue.open, labels: issue.labels },
      active: rows.active === null ? null : runFacts(rows.active),
      last: rows.last === null ? null : runFacts(rows.last),
      pullRequest:
        pullRequest === null ? null : { number: pullRequest.number, headSha: pullRequest.headSha },
      branchTakenBy: taken[0] ?? null,
      stages: world.stages,
      labels: world.settings.labels
    }
  }
}

export function runFacts(run: Run): RunFacts {
  const { id, stage, kind, state, phase, attempt, pullRequest } = run
  return { id, stage, kind, state, phase, attempt, pullRequest }
}

/** Comments of the issue that may stand in a prompt, as they were at the trigger (decisions 10b). */
export async function gatherComments(
  world: Pick<World, 'github'>,
  repository: Repository,
  thread: {
    readonly number: number
    readonly until: string
    readonly triggerComment: number | null
  }
): Promise<{ readonly kept: readonly TrustedText[]; readonly leftOut: number }> {
  const [comments, identity] = await Promise.all([
    world.github.comments(repository, thread.number),
    world.github.identity()
  ])
  return trustedComments(comments, {
    trustedAssociations: TRUSTED_ASSOCIATIONS,
    ownLogin: identity.login,
    until: thread.until,
    triggerComment: thread.triggerComment
  })
}

/** The texts of reviews that a revise must answer, from trusted authors only. */
export async function gatherReview(
  world: Pick<World, 'github'>,
  repository: Repository,
  review: { readonly pullRequest: number; readonly id: number }
): Promise<readonly TrustedText[]> {
  const texts = await world.github.review(repository, review.pullRequest, review.id)
  return texts
    .filter(text => (TRUSTED_ASSOCIATIONS as readonly string[]).includes(text.association))
    .filter(text => text.body.trim() !== '')
    .map(({ author, at, body, place }) => ({ author, at, body, place }))
}
