import type { Trigger } from '#app/core/command.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import { LANES } from '#app/core/effect.ts'
import type { Event } from '#app/core/event.ts'
import { sameLabel, triggerOf } from '#app/core/labels.ts'
import { answerTrigger } from './answer-trigger.ts'
import { acknowledge } from './answers.ts'
import { authorize } from './authorize.ts'
import { requestCancel } from './cancel-run.ts'
import { type EventWorld, noRule } from './event-world.ts'
import { refuseTrigger } from './refuse-trigger.ts'
import { resolveIssue } from './resolve-issue.ts'

type LabelEvent = Extract<Event, { kind: 'label-added' | 'label-removed' }>

/** A trigger label starts a run; labels outside our catalogue leave no trace but the delivery (decisions 10). */
export async function handleLabelAdded(
  world: EventWorld,
  event: LabelEvent
): Promise<DeliveryOutcome> {
  const found = triggerOf(event.label, world.settings.labels)
  if (found === null) return noRule('issue_event_not_trigger_label')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const trigger = labelTrigger(event, repository.id, 'added')
  const issue = await resolveIssue(world, repository, { thread: event.thread, trigger })
  if ('kind' in issue) return issue
  const command = { name: 'run', stage: found.stage, kind: found.kind, text: '' } as const
  return answerTrigger(world, { repository, issue, trigger, sender: event.sender, command })
}

/**
 * Taking the label of an active run off by hand cancels the run (decisions 5). Who may not cancel
 * gets the label put back and a sentence. Our own removal at a run's end finds no active run.
 */
export async function handleLabelRemoved(
  world: EventWorld,
  event: LabelEvent
): Promise<DeliveryOutcome> {
  if (triggerOf(event.label, world.settings.labels) === null)
    return noRule('issue_event_not_trigger_label')
  if (event.sender.type !== 'User') return noRule('sender_type_not_permitted')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const run = await world.store.transaction(async ({ runLists }) => {
    const by = event.thread.isPullRequest
      ? { pullRequest: event.thread.number }
      : { issue: event.thread.number }
    const latest = await runLists.latest(repository.id, by)
    return latest === null ? null : runLists.active(repository.id, latest.issueNumber)
  })
  if (run === null || run.triggerLabel === null || !sameLabel(run.triggerLabel, event.label)) {
    return noRule('no_run_of_this_label')
  }
  // An old body that comes late or again must not end a run that began after it.
  if (Date.parse(event.thread.updatedAt) < Date.parse(run.request.trigger.at)) {
    return noRule('older_than_the_run')
  }
  const trigger = labelTrigger(event, repository.id, 'removed')
  const allowed = await authorize(world, repository, event.sender)
  const outcome = await world.store.transaction(async (tables): Promise<DeliveryOutcome> => {
    const fresh = await tables.effects.add(acknowledge(repository, trigger))
    if (fresh === 'known')
      return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
    if ('kind' in allowed) {
      await refuseTrigger(world, tables, repository, {
        trigger: { ...trigger, label: null },
        refusal: allowed,
        issue: run.issueNumber
      })
      await tables.effects.add({
        key: `relabel:${trigger.key}`,
        effect: {
          kind: 'add-label',
          repository: repository.id,
          thread: event.thread.number,
          label: event.label
        },
        lane: LANES.refusal,
        run: run.id,
        correlationId: trigger.correlationId
      })
      return { kind: 'done', disposition: 'answered', reason: allowed.reason }
    }
    await requestCancel(world, tables, run.id, {
      by: event.sender.login,
      reason: 'label_removed',
      trigger,
      repository
    })
    return { kind: 'done', disposition: 'command', reason: null }
  })
  world.wake.hint('effects')
  world.wake.hint('runs')
  return outcome
}

function labelTrigger(event: LabelEvent, repository: string, change: 'added' | 'removed'): Trigger {
  const { thread, label } = event
  return {
    channel: 'label',
    key: `label:${repository}#${thread.number}:${label.trim().toLowerCase()}:${change}:${thread.updatedAt}`,
    correlationId: event.deliveryId,
    actor: event.sender.login,
    thread: thread.number,
    label: label.trim(),
    commentId: null,
    reviewId: null,
    at: thread.updatedAt
  }
}
