/** Asks GitHub for missed deliveries, one by one, and gives up what it will not send again. */
import { AppError, hasCode } from '#app/core/errors.ts'
import { nextAsk } from '#app/core/missed-delivery.ts'
import type { AskedDelivery, GivenUp } from '#app/ports/missed-deliveries.ts'
import type { Tables } from '#app/ports/store.ts'
import type { World } from './world.ts'

export type DeliverySweepWorld = Pick<World, 'store' | 'clock' | 'log' | 'appHook'>

/** At most `most` of those that are due, the oldest first; ends early when GitHub cannot be asked. */
export async function askAgain(
  world: DeliverySweepWorld,
  plan: { readonly now: Date; readonly most: number }
): Promise<{ readonly asked: number; readonly gaveUp: number }> {
  let asked = 0
  let gaveUp = 0
  while (asked + gaveUp < plan.most) {
    const row = await take(world, plan.now)
    if (row === null) break
    try {
      await world.appHook.redeliver(row.attemptId)
      asked += 1
      const { guid, event, action, statusCode } = row
      world.log.info({ delivery: guid, event, action, statusCode }, 'asked GitHub for a delivery')
    } catch (error) {
      if (!isGone(error)) {
        await putOff(world, row)
        world.log.warn({ err: error, asked }, 'no more deliveries can be asked for now')
        break
      }
      await giveUpOne(world, row, plan.now)
      gaveUp += 1
    }
  }
  return { asked, gaveUp }
}

/** Written down before GitHub is asked, so that a crash in between costs a wait and no second ask. */
async function take(world: DeliverySweepWorld, now: Date): Promise<AskedDelivery | null> {
  return world.store.transaction(async ({ missedDeliveries }) => {
    const row = await missedDeliveries.due(now)
    if (row === null) return null
    const ask = { asks: row.asks + 1, askedAt: now, nextAskAt: nextAsk(row.asks, now) }
    await missedDeliveries.asked(row.guid, ask)
    return row
  })
}

/** It was not asked for after all. */
async function putOff(world: DeliverySweepWorld, row: AskedDelivery): Promise<void> {
  await world.store.transaction(({ missedDeliveries }) => missedDeliveries.asked(row.guid, row))
}

/** GitHub has it no more, or will not send it: asking again changes nothing. */
function isGone(error: unknown): boolean {
  if (hasCode(error, 'NOT_FOUND')) return true
  return error instanceof AppError && [400, 422].includes(Number(error.fields.status))
}

async function giveUpOne(world: DeliverySweepWorld, row: AskedDelivery, now: Date): Promise<void> {
  const given = await world.store.transaction(async tables => {
    const gone = await tables.missedDeliveries.giveUp({ guid: row.guid, now })
    for (const one of gone) await auditGivenUp(tables, one)
    return gone
  })
  logGivenUp(world, given)
}

export function logGivenUp(world: DeliverySweepWorld, given: readonly GivenUp[]): void {
  for (const { guid, event, action, reason, asks, statusCode } of given) {
    world.log.warn(
      { delivery: guid, event, action, reason, asks, statusCode },
      'a delivery is lost: GitHub is not asked for it any more'
    )
  }
}

export async function auditGivenUp(tables: Pick<Tables, 'audit'>, given: GivenUp): Promise<void> {
  const { guid, reason, ...payload } = given
  await tables.audit.add({ ...bySystem(guid), type: 'delivery.given_up', reason, payload })
}

/** An audit row that stands for no person and no run. */
export function bySystem(correlationId: string) {
  return {
    correlationId,
    actorType: 'system',
    actor: 'stagewright',
    projectId: null,
    repositoryId: null,
    issueNumber: null,
    runId: null
  } as const
}
