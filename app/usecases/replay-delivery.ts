/** Deliveries that are worked once more because an operator says so. */
import { AppError } from '#app/core/errors.ts'
import type { StoredDelivery } from '#app/ports/delivery-lists.ts'
import type { World } from './world.ts'

export interface Replay {
  readonly id: string
  /** What had become of it. */
  readonly was: Pick<StoredDelivery, 'state' | 'disposition' | 'reason'>
}

/**
 * Puts finished deliveries back to waiting, all or none, with an audit row each. What their triggers
 * led to before is known by trigger key and not done twice. Throws NOT_FOUND for an unknown id and
 * FAILED_PRECONDITION, with each reason, for what cannot be worked again.
 */
export async function replayDeliveries(
  world: Pick<World, 'store'>,
  ids: readonly string[],
  actor: string
): Promise<readonly Replay[]> {
  const wanted = [...new Set(ids)].toSorted()
  return world.store.transaction(async ({ deliveryLists, audit }) => {
    const rows: StoredDelivery[] = []
    for (const id of wanted) {
      const row = await deliveryLists.load(id, 'lock')
      if (row === null) throw unknownDelivery(id, 'replaying')
      rows.push(row)
    }
    refuseAny(rows)
    for (const { id, state, disposition, reason } of rows) {
      await deliveryLists.putBack(id)
      await audit.add({
        correlationId: id,
        type: 'delivery.replayed',
        actorType: 'human',
        actor,
        reason: null,
        projectId: null,
        repositoryId: null,
        issueNumber: null,
        runId: null,
        payload: { state, disposition, reason }
      })
    }
    return rows.map(({ id, state, disposition, reason }) => ({
      id,
      was: { state, disposition, reason }
    }))
  })
}

export function unknownDelivery(id: string, doing: string): AppError {
  const message = `${doing} delivery ${id}: there is none with this id; \`stagewright deliveries list\` shows them`
  return new AppError('NOT_FOUND', message)
}

function refuseAny(rows: readonly StoredDelivery[]): void {
  const refusals = rows.flatMap(row => {
    const why = refusalOf(row)
    return why === null ? [] : [{ id: row.id, why }]
  })
  if (refusals.length === 0) return
  const each = refusals.map(({ id, why }) => `${id} ${why}`).join('; ')
  const message = `replaying ${rows.length === 1 ? 'a delivery' : `${rows.length} deliveries, of which none was changed`}: ${each}`
  throw new AppError('FAILED_PRECONDITION', message, { fields: { refusals } })
}

function refusalOf(row: StoredDelivery): string | null {
  if (row.state === 'waiting') return 'is waiting already'
  if (row.state === 'working') return 'is being worked on; wait for its end'
  if (row.state === 'ignored')
    return `has no body: "${row.event}" is no event that this app subscribes to`
  if (row.bytes !== null) return null
  return 'has no body any more: retention took it, and GitHub’s own copy would be known as a duplicate; make the comment again, or take the label off and put it on again'
}
