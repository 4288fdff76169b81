import type { NewDelivery } from '#app/core/delivery.ts'
import { AppError } from '#app/core/errors.ts'
import type { World } from './world.ts'

/**
 * Stores a verified delivery before it is answered (charter promise 1): one insert, then a hint to
 * the workers. Throws DELIVERY_STORE (503) when the row is not known to be committed.
 */
export async function receiveDelivery(
  world: Pick<World, 'inbox' | 'wake'>,
  delivery: NewDelivery
): Promise<'accepted' | 'duplicate' | 'ignored'> {
  let isNew: boolean
  try {
    isNew = await world.inbox.put(delivery)
  } catch (cause) {
    throw new AppError('DELIVERY_STORE', `storing delivery ${delivery.id}; ask for redelivery`, {
      cause
    })
  }
  if (!isNew) return 'duplicate'
  if (delivery.body === null) return 'ignored'
  world.wake.hint('deliveries')
  return 'accepted'
}
