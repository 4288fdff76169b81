/** Repairs drift every few seconds: expired leases, dead workers, places of work that nobody needs. */

import { isFinal } from '#app/core/run.ts'
import type { Executor } from '#app/ports/executor.ts'
import type { Tables } from '#app/ports/store.ts'
import type { World } from './world.ts'

/** A worker instance that has not been heard of for this long is dead (decisions 21: lease 15 s). */
const DEAD_AFTER_SECONDS = 20

export type SweepWorld = Pick<World, 'store' | 'wake' | 'log' | 'settings' | 'executors' | 'git'>

export interface Swept {
  readonly deliveries: number
  readonly effects: number
  readonly workers: readonly string[]
  readonly places: readonly string[]
}

export async function sweep(world: SweepWorld): Promise<Swept> {
  const released = await world.store.transaction(async tables => ({
    workers: await reap(tables),
    deliveries: await tables.deliveries.releaseExpired(),
    effects: await tables.effects.releaseExpired()
  }))
  if (released.deliveries > 0) world.wake.hint('deliveries')
  if (released.effects > 0) world.wake.hint('effects')
  if (released.workers.length > 0)
    world.log.warn({ workers: released.workers }, 'workers were lost; their work goes on elsewhere')
  const places = [...(await cleanEnded(world)), ...(await cleanOrphans(world))]
  return { ...released, places }
}

/** Dead replicas are marked, and what they held is free at once. */
async function reap(tables: Pick<Tables, 'workers'>): Promise<readonly string[]> {
  const dead = await tables.workers.reapDead(DEAD_AFTER_SECONDS)
  for (const id of dead) await tables.workers.stop(id)
  return dead
}

/** Attempts of this machine that have ended: processes and folders go. */
async function cleanEnded(world: SweepWorld): Promise<string[]> {
  const attempts = await world.store.transaction(({ attemptLists }) =>
    attemptLists.uncleaned(world.settings.machine)
  )
  const cleaned: string[] = []
  for (const attempt of attempts) {
    const executor = world.executors[attempt.executor]
    if (executor === undefined) continue
    if (!(await tearDown(world, executor, attempt.id))) continue
    await world.store.transaction(({ attempts: table }) =>
      table.change(attempt.id, { cleaned: true })
    )
    await forgetBundle(world, attempt.runId)
    cleaned.push(attempt.id)
  }
  return cleaned
}

/** One place that cannot be removed now must not keep the others standing; the next sweep tries again. */
async function tearDown(world: SweepWorld, executor: Executor, id: string): Promise<boolean> {
  try {
    await executor.destroy(id)
    return true
  } catch (error) {
    world.log.error(
      { attempt: id, executor: executor.name, err: error },
      'a place of work could not be torn down'
    )
    return false
  }
}

async function forgetBundle(world: SweepWorld, id: string): Promise<void> {
  const found = await world.store.transaction(async ({ runs, projects }) => {
    const run = await runs.load(id)
    const repository = run === null ? null : await projects.repositoryById(run.repositoryId)
    return run !== null && isFinal(run.state) ? repository : null
  })
  if (found !== null) await world.git.forget(found, id)
}

/** Places that an executor still holds although no live run of ours knows them. */
async function cleanOrphans(world: SweepWorld): Promise<string[]> {
  const orphans: string[] = []
  for (const executor of Object.values(world.executors)) {
    for await (const id of executor.list()) {
      const needed = await world.store.transaction(async ({ attempts, runs }) => {
        const attempt = await attempts.load(id)
        if (attempt === null) return false
        const run = await runs.load(attempt.runId)
        return run !== null && !isFinal(run.state) && run.attempt === attempt.number
      })
      if (needed) continue
      world.log.warn(
        { attempt: id, executor: executor.name },
        'a place of work without a live run is torn down'
      )
      if (await tearDown(world, executor, id)) orphans.push(id)
    }
  }
  return orphans
}
