import type { Command, Trigger } from '#app/core/command.ts'
import { refuse } from '#app/core/decision.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Event } from '#app/core/event.ts'
import { turnOf } from '#app/core/next-actions.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'
import { answerTrigger } from './answer-trigger.ts'
import { acknowledge } from './answers.ts'
import { type EventWorld, noRule } from './event-world.ts'
import { refuseTrigger } from './refuse-trigger.ts'

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
  const current = newest === null || newest.id === run.id
  if (current && word !== 'rerequested' && turn !== turnOf(run)) {
    return noRule('button_of_another_attempt')
  }
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
  if (!current) return refuseSuperseded(world, repository, { trigger, run, newest })
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

/** The page of an older run still shows its buttons; who presses one is told which run is the newest. */
async function refuseSuperseded(
  world: EventWorld,
  repository: Repository,
  input: { readonly trigger: Trigger; readonly run: Run; readonly newest: Run }
): Promise<DeliveryOutcome> {
  const { trigger, run, newest } = input
  const refusal = refuse('run_superseded', { run: run.id, newest: newest.id })
  const outcome = await world.store.transaction(async (tables): Promise<DeliveryOutcome> => {
    const fresh = await tables.effects.add(acknowledge(repository, trigger))
    if (fresh === 'known')
      return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
    await refuseTrigger(world, tables, repository, { trigger, refusal, issue: run.issueNumber })
    return { kind: 'done', disposition: 'answered', reason: refusal.reason }
  })
  world.wake.hint('effects')
  return outcome
}
