import type { NewDelivery } from '#app/core/delivery.ts'
import { AppError } from '#app/core/errors.ts'
import type { World } from './world.ts'

/**
 * Stores a verified delivery before it is answered (charter promise 1): one insert, then a hint to
 * the workers. Throws DELIVERY_STORE (503) when the row is not known to be committed.
 */
export async function receiveDelivery(
  world: Pick<World, 'store' | 'wake'>,
  delivery: NewDelivery
): Promise<'accepted' | 'duplicate' | 'ignored'> {
  let inserted: boolean
  try {
    inserted = await world.store.transaction(({ deliveries }) => deliveries.insert(delivery))
  } catch (cause) {
    throw new AppError('DELIVERY_STORE', `storing delivery ${delivery.id}; ask for redelivery`, {
      cause
    })
  }
  if (!inserted) return 'duplicate'
  if (delivery.body === null) return 'ignored'
  world.wake.hint('deliveries')
  return 'accepted'
}
