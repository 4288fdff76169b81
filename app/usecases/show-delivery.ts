import type { StoredAuditEntry } from '#app/core/audit.ts'
import type { DeliveryFilter, StoredDelivery } from '#app/ports/delivery-lists.ts'
import { unknownDelivery } from './replay-delivery.ts'
import type { World } from './world.ts'

const TRAIL_SHOWN = 200

/** A delivery with what it led to, as one snapshot. */
export interface DeliveryDetails {
  readonly delivery: StoredDelivery
  /** What was written down because of it, oldest first. */
  readonly trail: readonly StoredAuditEntry[]
  /** Ids of the runs that it led to. */
  readonly runs: readonly string[]
  /** As GitHub sent it; null when it was not asked for or is not there any more. */
  readonly body: Buffer | null
}

/** Throws NOT_FOUND. */
export async function showDelivery(
  world: Pick<World, 'store'>,
  id: string,
  wish: { readonly body: boolean }
): Promise<DeliveryDetails> {
  return world.store.transaction(async ({ deliveryLists, audit }) => {
    const delivery = await deliveryLists.load(id)
    if (delivery === null) throw unknownDelivery(id, 'looking up')
    const trail = await audit.trail(id, TRAIL_SHOWN)
    const runs = trail.flatMap(({ runId }) => (runId === null ? [] : [runId]))
    const body = wish.body ? await deliveryLists.body(id) : null
    return { delivery, trail, runs: [...new Set(runs)], body }
  })
}

/** Newest first. Throws NOT_FOUND for a page that begins at an unknown delivery. */
export async function listDeliveries(
  world: Pick<World, 'store'>,
  filter: DeliveryFilter
): Promise<readonly StoredDelivery[]> {
  return world.store.transaction(async ({ deliveryLists }) => {
    const { before } = filter
    if (before !== undefined && (await deliveryLists.load(before)) === null) {
      throw unknownDelivery(before, 'looking for those older than')
    }
    return deliveryLists.list(filter)
  })
}
