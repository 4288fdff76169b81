/** One event in, one outcome out: loads facts, asks the rules, writes what they say. */
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Event } from '#app/core/event.ts'
import { type EventWorld, noRule } from './event-world.ts'
import { handleCheckAction } from './handle-check-action.ts'
import { handleComment, handleEditedComment } from './handle-comment.ts'
import { handleLabelAdded, handleLabelRemoved } from './handle-label.ts'
import { handleReview } from './handle-review.ts'

/** What we caused ourselves is no trigger; other bots are answered by the actor rule. */
export async function handleEvent(world: EventWorld, event: Event): Promise<DeliveryOutcome> {
  if (
    event.sender.type !== 'User' &&
    event.sender.login === (await world.github.identity()).login
  ) {
    return noRule('own_event')
  }
  switch (event.kind) {
    case 'label-added':
      return handleLabelAdded(world, event)
    case 'label-removed':
      return handleLabelRemoved(world, event)
    case 'comment-created':
      return handleComment(world, event)
    case 'comment-edited':
      return handleEditedComment(world, event)
    case 'review-submitted':
      return handleReview(world, event)
    case 'check-action':
      return handleCheckAction(world, event)
  }
}
