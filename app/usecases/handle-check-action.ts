import type { Command, Trigger } from '#app/core/command.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Event } from '#app/core/event.ts'
import { turnOf } from '#app/core/next-actions.ts'
import { answerTrigger } from './answer-trigger.ts'
import { type EventWorld, noRule } from './event-world.ts'

/**
 * A button of our check run, or "Re-run". The button's identifier names the attempt it was drawn
 * for, so that a late press on an old page, or a body sent again, does nothing to a newer attempt.
 */
export async function handleCheckAction(
  world: EventWorld,
  event: Extract<Event, { kind: 'check-action' }>
): Promise<DeliveryOutcome> {
  const [word = '', turn = ''] = event.action.split(':')
  const name: Command['name'] | null =
    word === 'cancel' ? 'cancel' : word === 'retry' || word === 'rerequested' ? 'retry' : null
  if (name === null) return noRule('unknown_button')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const run = await world.store.transaction(({ runs }) => runs.load(event.run))
  if (run === null || run.repositoryId !== repository.id) return noRule('check_run_not_ours')
  const newest = await world.store.transaction(({ runLists }) =>
    runLists.latest(repository.id, { issue: run.issueNumber })
  )
  if (newest?.id !== run.id) return noRule('button_of_an_older_run')
  if (word !== 'rerequested' && turn !== turnOf(run)) return noRule('button_of_another_attempt')
  const trigger: Trigger = {
    channel: 'button',
    key: `check:${event.checkRunId}:${event.action}:${word === 'rerequested' ? (event.completedAt ?? turnOf(run)) : turnOf(run)}`,
    correlationId: event.deliveryId,
    actor: event.sender.login,
    thread: run.issueNumber,
    label: null,
    commentId: null,
    reviewId: null,
    at: world.clock.now().toISOString()
  }
  const now = await world.github.issue(repository, run.issueNumber)
  const issue = { ...run.request.issue, open: now.open, labels: now.labels }
  return answerTrigger(world, {
    repository,
    issue,
    trigger,
    sender: event.sender,
    command: { name }
  })
}
