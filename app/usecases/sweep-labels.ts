/** Trigger labels against runs: takes off what has ended, picks up what was missed (decisions 5). */

import { LANES } from '#app/core/effect.ts'
import type { Event, Person } from '#app/core/event.ts'
import { sameLabel } from '#app/core/labels.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import { isFinal } from '#app/core/run.ts'
import { STAGE_NAMES } from '#app/core/stage.ts'
import type { GitHubReads } from '#app/ports/github.ts'
import type { EventWorld } from './event-world.ts'
import { handleEvent } from './handle-event.ts'

type Labelled = Awaited<ReturnType<GitHubReads['labelled']>>[number]

/** A trigger younger than this may still be on its way as a delivery. */
const GRACE_MS = 60_000

export interface SweptLabels {
  readonly removed: number
  readonly picked: number
}

export async function sweepLabels(world: EventWorld): Promise<SweptLabels> {
  const repositories = await world.store.transaction(({ projects }) => projects.repositories())
  let removed = 0
  let picked = 0
  for (const repository of repositories) {
    try {
      const swept = await sweepRepository(world, repository)
      removed += swept.removed
      picked += swept.picked
    } catch (error) {
      // The App may have been taken off this one; the others are swept all the same.
      world.log.warn(
        { repo: fullName(repository), err: error },
        'labels of a repository could not be swept'
      )
    }
  }
  return { removed, picked }
}

async function sweepRepository(world: EventWorld, repository: Repository): Promise<SweptLabels> {
  let removed = 0
  let picked = 0
  for (const label of triggerLabels(world)) {
    for (const found of await world.github.labelled(repository, label)) {
      const did = await sweepOne(world, repository, { label, found })
      if (did === 'removed') removed += 1
      if (did === 'picked') picked += 1
    }
  }
  return { removed, picked }
}

/** Labels of the stages that run here; those of others are answered by their delivery alone. */
function triggerLabels(world: Pick<EventWorld, 'stages' | 'settings'>): readonly string[] {
  const { run, revise } = world.settings.labels
  return STAGE_NAMES.filter(stage => world.stages[stage] !== undefined).flatMap(stage => [
    run[stage],
    revise[stage]
  ])
}

async function sweepOne(
  world: EventWorld,
  repository: Repository,
  input: { readonly label: string; readonly found: Labelled }
): Promise<'left' | 'removed' | 'picked'> {
  const { label, found } = input
  if (world.clock.now().getTime() - Date.parse(found.at) < GRACE_MS) return 'left'
  const by = found.isPullRequest
    ? { pullRequest: found.issue.number }
    : { issue: found.issue.number }
  const run = await world.store.transaction(({ runLists }) => runLists.latest(repository.id, by))
  const own = run !== null && run.triggerLabel !== null && sameLabel(run.triggerLabel, label)
  if (own && !isFinal(run.state)) return 'left'
  const event = missed(repository, { label, found })
  if (own && Date.parse(run.createdAt) >= Date.parse(found.at) - GRACE_MS) {
    await world.store.transaction(({ effects }) =>
      effects.add({
        key: `sweep-unlabel:${run.id}:${label}:${found.at}`,
        effect: {
          kind: 'remove-label',
          repository: repository.id,
          thread: found.issue.number,
          label
        },
        lane: LANES.refusal,
        run: run.id,
        correlationId: run.correlationId
      })
    )
    world.wake.hint('effects')
    return 'removed'
  }
  const outcome = await handleEvent(world, event)
  if (outcome.kind === 'done' && outcome.disposition === 'run') return 'picked'
  if (outcome.kind === 'done' && outcome.disposition === 'duplicate') {
    await world.store.transaction(({ effects }) =>
      effects.add({
        key: `sweep-unlabel:${repository.id}#${found.issue.number}:${label}:${found.at}`,
        effect: {
          kind: 'remove-label',
          repository: repository.id,
          thread: found.issue.number,
          label
        },
        lane: LANES.refusal,
        run: null,
        correlationId: event.deliveryId
      })
    )
    world.wake.hint('effects')
    return 'removed'
  }
  return 'left'
}

/** The delivery that never came, made from the issue's timeline. */
function missed(
  repository: Repository,
  input: { readonly label: string; readonly found: Labelled }
): Event {
  const { label, found } = input
  const nobody: Person = { id: 0, login: 'unknown', type: 'Unknown' }
  const { number, title, body, author, url, open, labels } = found.issue
  return {
    kind: 'label-added',
    deliveryId: `sweep:${fullName(repository)}#${number}:${label}:${found.at}`,
    repository: {
      providerId: repository.providerId,
      owner: repository.owner,
      name: repository.name,
      defaultBranch: repository.defaultBranch,
      installationId: repository.installationId ?? 0
    },
    sender: found.by ?? nobody,
    label,
    thread: {
      number,
      isPullRequest: found.isPullRequest,
      title,
      body,
      author,
      association: 'NONE',
      labels,
      open,
      url,
      updatedAt: found.at
    }
  }
}
