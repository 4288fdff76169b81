import type { Trigger } from '#app/core/command.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Event } from '#app/core/event.ts'
import { answerTrigger } from './answer-trigger.ts'
import { type EventWorld, noRule } from './event-world.ts'
import { findIssue } from './resolve-issue.ts'

/** "Request changes" on a pull request of ours is a revise; reviews elsewhere are none of our business. */
export async function handleReview(
  world: EventWorld,
  event: Extract<Event, { kind: 'review-submitted' }>
): Promise<DeliveryOutcome> {
  if (event.review.state.toLowerCase() !== 'changes_requested')
    return noRule('review_without_request')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const issue = await findIssue(world, repository, event.thread)
  if (issue === null) return noRule('pull_request_not_ours')
  const trigger: Trigger = {
    channel: 'review',
    key: `review:${repository.id}:${event.review.id}`,
    correlationId: event.deliveryId,
    actor: event.sender.login,
    thread: event.thread.number,
    label: null,
    commentId: null,
    reviewId: event.review.id,
    at: event.review.submittedAt
  }
  return answerTrigger(world, {
    repository,
    issue,
    trigger,
    sender: event.sender,
    command: { name: 'revise', text: '' }
  })
}
