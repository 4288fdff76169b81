import type { NewDelivery } from '#app/core/delivery.ts'
import type { Inbox } from '#app/ports/inbox.ts'

/** An inbox in memory; the test may look into `rows` and empty them. */
export function fakeInbox(): Inbox & { readonly rows: Map<string, NewDelivery> } {
  const rows = new Map<string, NewDelivery>()
  return {
    rows,
    put: async delivery => {
      if (rows.has(delivery.id)) return false
      rows.set(delivery.id, delivery)
      return true
    }
  }
}
