/** From a single command of a trigger to its answer: facts, decision, one transaction. */

import type { Command, Trigger } from '#app/core/command.ts'
import { decide } from '#app/core/decide.ts'
import type { Decision } from '#app/core/decision.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Person } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { TrustedText } from '#app/core/run.ts'
import { acknowledge, acknowledgementKey } from './answers.ts'
import { authorize } from './authorize.ts'
import { carryOut } from './carry-out.ts'
import type { EventWorld } from './event-world.ts'
import type { TriggeredIssue } from './gather-facts.ts'
import { gatherComments, gatherFacts, gatherReview } from './gather-facts.ts'
import { refuseTrigger } from './refuse-trigger.ts'

const NO_COMMENTS = { kept: [], leftOut: 0 } as const

/** Whether this trigger was handled before, under whatever delivery id (decisions 4). */
export async function isKnown(
  world: Pick<EventWorld, 'store'>,
  trigger: Trigger
): Promise<boolean> {
  const found = await world.store.transaction(({ effects }) =>
    effects.find(acknowledgementKey(trigger))
  )
  return found !== null
}

export interface TriggerInput {
  readonly repository: Repository
  readonly issue: TriggeredIssue
  readonly trigger: Trigger
  readonly sender: Person
  readonly command: Command
}

export interface Prepared {
  readonly decision: Decision
  readonly pullRequest: number | null
  readonly pullRequestLabels: readonly string[]
  readonly comments: { readonly kept: readonly TrustedText[]; readonly leftOut: number }
  readonly review: readonly TrustedText[]
}

/** Facts and decision for one command, with the texts that its run would need. */
export async function prepare(world: EventWorld, input: TriggerInput): Promise<Prepared> {
  const { repository, issue, trigger, sender, command } = input
  const gathered = await gatherFacts(world, repository, { issue, trigger })
  const decision = decide(gathered.facts, command, world.commands)
  const pullRequest = gathered.pullRequest?.number ?? null
  const isRevise = decision.kind === 'start' && decision.runKind === 'revise'
  const reviewed = trigger.reviewId === null ? pullRequest : trigger.thread
  const asked = { at: trigger.at, commentId: trigger.commentId, actor: sender.id }
  const comments =
    decision.kind === 'start'
      ? await gatherComments(world, repository, { number: issue.number, trigger: asked })
      : NO_COMMENTS
  const review =
    reviewed !== null && (isRevise || decision.kind === 'keep-review')
      ? await gatherReview(world, repository, {
          pullRequest: reviewed,
          reviewId: trigger.reviewId,
          since: gathered.reviewedUntil,
          trigger: asked
        })
      : NO_COMMENTS
  return {
    decision,
    pullRequest,
    pullRequestLabels: gathered.pullRequest?.labels ?? [],
    comments: { kept: comments.kept, leftOut: comments.leftOut + review.leftOut },
    review: review.kept
  }
}

/** Answers a trigger that carries one command: a label, a review or a button. */
export async function answerTrigger(
  world: EventWorld,
  input: TriggerInput
): Promise<DeliveryOutcome> {
  const { repository, issue, trigger, sender } = input
  if (await isKnown(world, trigger))
    return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
  const allowed = await authorize(world, repository, sender)
  const prepared: Prepared =
    'kind' in allowed
      ? {
          decision: allowed,
          pullRequest: null,
          pullRequestLabels: [],
          comments: NO_COMMENTS,
          review: []
        }
      : await prepare(world, input)
  const outcome = await world.store.transaction(async (tables): Promise<DeliveryOutcome> => {
    const fresh = await tables.effects.add(acknowledge(repository, trigger))
    if (fresh === 'known')
      return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
    const carried = await carryOut(world, tables, { repository, issue, trigger, ...prepared })
    switch (carried.kind) {
      case 'refuse': {
        await refuseTrigger(world, tables, repository, {
          trigger,
          refusal: carried,
          issue: issue.number
        })
        return { kind: 'done', disposition: 'answered', reason: carried.reason }
      }
      case 'duplicate':
        return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
      case 'run':
        return { kind: 'done', disposition: 'run', reason: carried.run }
      default:
        return { kind: 'done', disposition: 'command', reason: null }
    }
  })
  world.wake.hint('effects')
  world.wake.hint('runs')
  return outcome
}
