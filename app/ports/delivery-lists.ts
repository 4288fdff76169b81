/** Stored deliveries as an operator looks at them, and what is done with them by hand or by age. */

export const DELIVERY_STATES = ['waiting', 'working', 'done', 'ignored', 'quarantined'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** A delivery without its body. */
export interface StoredDelivery {
  readonly id: string
  readonly event: string
  /** `owner/name#12`, or `<repository id>#12` for a repository that we do not know; null when it has none. */
  readonly subject: string | null
  readonly state: DeliveryState
  readonly disposition: string | null
  readonly reason: string | null
  readonly attempts: number
  readonly receivedAt: string
  readonly finishedAt: string | null
  /** Size of the stored body; null when there is none, or none any more. */
  readonly bytes: number | null
}

export interface DeliveryFilter {
  readonly states?: readonly DeliveryState[]
  readonly event?: string
  readonly limit: number
  /** Older than this delivery. */
  readonly before?: string
}

export interface DeliveryLists {
  /** Newest first. */
  list(filter: DeliveryFilter): Promise<readonly StoredDelivery[]>
  /** Null when unknown. `lock` takes the row lock (for update). */
  load(id: string, lock?: 'lock'): Promise<StoredDelivery | null>
  /** The body as GitHub sent it; null when there is none. */
  body(id: string): Promise<Buffer | null>
  /** Makes a finished row wait again as if it had just come; its place in its subject's order stays. */
  putBack(id: string): Promise<void>
}

export interface RemovedRows {
  readonly rows: number
  /** Size of the bodies that went. */
  readonly bytes: number
  /** Rows among them that had been put aside. */
  readonly quarantined: number
}

/** Each takes at most `limit`, the oldest first, and passes by what somebody is at. */
export interface DeliveryRetention {
  /** Takes the bodies of deliveries that were done or put aside before that time. */
  dropBodies(before: Date, limit: number): Promise<RemovedRows>
  /** Removes finished rows, those put aside included, that were received before that time. */
  dropKeys(before: Date, limit: number): Promise<RemovedRows>
  /** Removes notes of missed deliveries that were first delivered before that time; they hold no body. */
  dropMissed(before: Date, limit: number): Promise<RemovedRows>
}
