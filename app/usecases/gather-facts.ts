import type { Trigger } from '#app/core/command.ts'
import type { Facts, RunFacts } from '#app/core/decision.ts'
import { type Comment, TRUSTED_ASSOCIATIONS } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run, TrustedText } from '#app/core/run.ts'
import { branchOf } from '#app/core/run.ts'
import { type PlacedComment, trustedComments } from '#app/core/trusted-text.ts'
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
  /** Up to when the texts of the pull request have gone to a revise; null: none has. */
  readonly reviewedUntil: string | null
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
      last: await runLists.latest(repository.id, { issue: issue.number }),
      revised: await runLists.lastResult(repository.id, { issue: issue.number, kind: 'revise' })
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
    reviewedUntil: reviewedUntil(pullRequest?.number ?? null, rows),
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

/**
 * Only a revise that succeeded has dealt with what it was given: one that failed or was canceled has
 * not, and plain work is given no reviews. A review that is kept during a run goes on from the run.
 */
function reviewedUntil(
  pullRequest: number | null,
  rows: { readonly active: Run | null; readonly revised: Run | null }
): string | null {
  const kept = rows.active?.nextRevise.at(-1)
  if (kept !== undefined) return kept.trigger.at
  const run = rows.active?.kind === 'revise' ? rows.active : rows.revised
  return run === null || run.pullRequest !== pullRequest ? null : run.request.trigger.at
}

export function runFacts(run: Run): RunFacts {
  const { id, stage, kind, state, phase, attempt, pullRequest } = run
  return { id, stage, kind, state, phase, attempt, pullRequest }
}

type TextWorld = {
  readonly github: Pick<World['github'], 'comments' | 'identity' | 'reviewTexts'>
}

export interface GatheredTexts {
  readonly kept: readonly TrustedText[]
  readonly leftOut: number
}

/** Whose and which texts count at a trigger (decisions 10b). */
export interface TextTrigger {
  readonly at: string
  readonly commentId: number | null
  /** Id of the person who triggered, with the right to. */
  readonly actor: number
}

/** Comments of the issue that may stand in a prompt, as they were at the trigger (decisions 10b). */
export async function gatherComments(
  world: TextWorld,
  repository: Repository,
  thread: { readonly number: number; readonly trigger: TextTrigger }
): Promise<GatheredTexts> {
  const { number, trigger } = thread
  const comments = await world.github.comments(repository, number)
  return trustedTexts(world, comments, trigger)
}

/**
 * What a revise must answer: texts and line comments of the pull request's reviews and the comments
 * under it, made after `since` (null: all), by the same rules as comments, oldest first. The review
 * `reviewId` is what triggered it and always counts.
 */
export async function gatherReview(
  world: TextWorld,
  repository: Repository,
  subject: {
    readonly pullRequest: number
    readonly reviewId: number | null
    readonly since: string | null
    readonly trigger: TextTrigger
  }
): Promise<GatheredTexts> {
  const { pullRequest, reviewId, since, trigger } = subject
  const [reviews, comments] = await Promise.all([
    world.github.reviewTexts(repository, pullRequest, reviewId),
    world.github.comments(repository, pullRequest)
  ])
  const isNew = (text: Comment): boolean =>
    since === null || Date.parse(text.createdAt) > Date.parse(since)
  const wanted = [
    ...reviews.filter(text => (reviewId !== null && text.reviewId === reviewId) || isNew(text)),
    ...comments.filter(isNew)
  ]
  return trustedTexts(world, wanted, trigger)
}

async function trustedTexts(
  world: TextWorld,
  texts: readonly PlacedComment[],
  trigger: TextTrigger
): Promise<GatheredTexts> {
  const identity = await world.github.identity()
  return trustedComments(texts, {
    trustedAssociations: TRUSTED_ASSOCIATIONS,
    ownLogin: identity.login,
    until: trigger.at,
    triggerComment: trigger.commentId,
    actor: trigger.actor
  })
}
