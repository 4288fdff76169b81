import type { NewDelivery } from '#app/core/delivery.ts'

/** Where webhooks are stored before they are obeyed. Not part of a transaction: it has its own. */
export interface Inbox {
  /**
   * Resolves when the row is committed and durable: true when it is new, false when its id was known
   * already, also by a call of this moment. Many calls at once may share one commit; one that cannot
   * be stored does not fail the others. Rejects when the row is not known to be committed; asking
   * again is safe. Those of one sender that wait for each other are claimed in that order.
   */
  put(delivery: NewDelivery): Promise<boolean>
}
