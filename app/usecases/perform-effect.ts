/** Performs one claimed effect; every kind is safe to repeat after an answer was lost. */
import type { ClaimedEffect, Effect } from '#app/core/effect.ts'
import { AppError } from '#app/core/errors.ts'
import { markerOf } from '#app/core/marker.ts'
import type { Repository } from '#app/core/project.ts'
import { pushBranch } from './effects/push-branch.ts'
import { syncCheckRun } from './effects/sync-check-run.ts'
import { syncPullRequest } from './effects/sync-pull-request.ts'
import { syncStatusComment } from './effects/sync-status-comment.ts'
import type { World } from './world.ts'

export type EffectWorld = Pick<
  World,
  'store' | 'wake' | 'clock' | 'log' | 'settings' | 'github' | 'git' | 'redactor'
>

export type EffectResult = Readonly<Record<string, unknown>>

/** With at most two minutes between tries: about a day. Then the effect is given up and shown as failed. */
const MOST_TRIES = 750

export async function performEffect(
  world: EffectWorld,
  claimed: ClaimedEffect,
  worker: string
): Promise<void> {
  const { id, effect, revision } = claimed
  try {
    const result = await perform(world, claimed)
    await world.store.transaction(({ effects }) =>
      effects.settle(id, worker, { kind: 'done', revision, result })
    )
  } catch (error) {
    await settleFailure(world, { claimed, worker, error })
  }
  if (effect.kind === 'push-branch' || effect.kind === 'sync-pull-request')
    await wakeRun(world, effect.run)
}

async function perform(world: EffectWorld, claimed: ClaimedEffect): Promise<EffectResult> {
  const { effect } = claimed
  const mayExist = claimed.attempts > 0
  switch (effect.kind) {
    case 'react':
      await world.github.react(await repository(world, effect), effect.subject)
      return {}
    case 'comment': {
      const marker = markerOf('reply', claimed.key)
      const made = await world.github.comment(await repository(world, effect), {
        thread: effect.thread,
        id: null,
        marker,
        body: `${effect.body}\n\n${marker}`,
        mayExist
      })
      return { id: made.id, url: made.url }
    }
    case 'add-label':
    case 'remove-label': {
      const labels =
        effect.kind === 'add-label'
          ? { add: [effect.label], remove: [] }
          : { add: [], remove: [effect.label] }
      await world.github.labels(await repository(world, effect), {
        thread: effect.thread,
        ...labels
      })
      return {}
    }
    case 'sync-status-comment':
      return syncStatusComment(world, effect.run, mayExist)
    case 'sync-check-run':
      return syncCheckRun(world, effect.run, mayExist)
    case 'push-branch':
      return pushBranch(world, effect)
    case 'sync-pull-request':
      return syncPullRequest(world, effect.run)
  }
}

async function repository(
  world: EffectWorld,
  effect: Extract<Effect, { repository: string }>
): Promise<Repository> {
  const found = await world.store.transaction(({ projects }) =>
    projects.repositoryById(effect.repository)
  )
  if (found === null) throw new AppError('NOT_FOUND', `looking up repository ${effect.repository}`)
  return found
}

async function settleFailure(
  world: EffectWorld,
  input: { readonly claimed: ClaimedEffect; readonly worker: string; readonly error: unknown }
): Promise<void> {
  const { claimed, worker, error } = input
  const known =
    error instanceof AppError
      ? error
      : new AppError('INTERNAL', `performing ${claimed.effect.kind}`, { cause: error })
  const message = world.redactor.redact(`${known.code}: ${known.message}`)
  const fields = {
    effect: claimed.key,
    kind: claimed.effect.kind,
    run: claimed.run,
    attempts: claimed.attempts,
    code: known.code
  }
  if (known.retry && claimed.attempts + 1 < MOST_TRIES) {
    const afterSeconds = backoff(claimed.attempts, Number(known.fields.retryAfterSeconds ?? 0))
    world.log.warn({ ...fields, afterSeconds, err: known }, 'effect will be tried again')
    await world.store.transaction(({ effects }) =>
      effects.settle(claimed.id, worker, { kind: 'retry', afterSeconds, error: message })
    )
    return
  }
  world.log.error({ ...fields, err: known }, 'effect failed for good')
  await world.store.transaction(({ effects }) =>
    effects.settle(claimed.id, worker, { kind: 'failed', error: message })
  )
}

/** Exponential from half a second to two minutes, with full jitter on the upper half; never before GitHub allows. */
function backoff(attempts: number, atLeast: number): number {
  const ceiling = Math.min(0.5 * 2 ** attempts, 120)
  return Math.max(atLeast, ceiling / 2 + Math.random() * (ceiling / 2))
}

async function wakeRun(world: EffectWorld, id: string): Promise<void> {
  await world.store.transaction(({ runs }) => runs.change(id, null, { nextCheckInSeconds: 0 }))
  world.wake.hint('runs')
}
