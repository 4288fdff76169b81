import type { Trigger } from '#app/core/command.ts'
import { refuse } from '#app/core/decision.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { Thread } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import { acknowledge } from './answers.ts'
import type { EventWorld } from './event-world.ts'
import type { TriggeredIssue } from './gather-facts.ts'
import { refuseTrigger } from './refuse-trigger.ts'

/** The issue that a thread is about: the issue itself, or the one whose run opened this pull request; null when we know of none. */
export async function findIssue(
  world: Pick<EventWorld, 'store' | 'github'>,
  repository: Repository,
  thread: Thread
): Promise<TriggeredIssue | null> {
  if (!thread.isPullRequest) {
    const { number, title, body, author, url, open, labels } = thread
    return { number, title, body, author, url, open, labels }
  }
  const run = await world.store.transaction(({ runLists }) =>
    runLists.latest(repository.id, { pullRequest: thread.number })
  )
  if (run === null) return null
  // The trigger's delivery holds the pull request's text, not the issue's: what counts is the issue
  // as it was when a person with rights last triggered a run of it (decisions 10b).
  const { number, title, body, author, url } = run.request.issue
  const now = await world.github.issue(repository, number)
  return { number, title, body, author, url, open: now.open, labels: now.labels }
}

/** As `findIssue`; a trigger on a pull request that belongs to no run is answered with a refusal. */
export async function resolveIssue(
  world: EventWorld,
  repository: Repository,
  input: { readonly thread: Thread; readonly trigger: Trigger }
): Promise<TriggeredIssue | DeliveryOutcome> {
  const { thread, trigger } = input
  const issue = await findIssue(world, repository, thread)
  if (issue !== null) return issue
  const refusal = refuse('issue_not_resolved', { pullRequest: `#${thread.number}` })
  await world.store.transaction(async tables => {
    const fresh = await tables.effects.add(acknowledge(repository, trigger))
    if (fresh === 'known') return
    await refuseTrigger(world, tables, repository, { trigger, refusal, issue: thread.number })
  })
  world.wake.hint('effects')
  return { kind: 'done', disposition: 'answered', reason: refusal.reason }
}
