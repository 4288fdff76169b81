/** A webhook as received. The body is kept raw and parsed by the worker (decisions 33). */
export interface NewDelivery {
  /** `X-GitHub-Delivery`; dedupes transport only. */
  readonly id: string
  readonly event: string
  /** `<repository id>#<issue or pull request number>`; null is ordered alone. */
  readonly subject: string | null
  /** Null for an event that we do not subscribe to: key and disposition are stored, no body. */
  readonly body: Buffer | null
}

export interface ClaimedDelivery {
  readonly id: string
  readonly event: string
  readonly body: Buffer
  /** Earlier tries, 0 at the first. */
  readonly attempts: number
  readonly receivedAt: string
}

/** What became of a delivery: exactly one per accepted delivery (reliability I1). */
export type DeliveryOutcome =
  | {
      readonly kind: 'done'
      readonly disposition: 'run' | 'command' | 'answered' | 'no_rule' | 'duplicate'
      readonly reason: string | null
    }
  | { readonly kind: 'quarantined'; readonly reason: string }
  | {
      readonly kind: 'retry'
      readonly afterSeconds: number
      readonly reason: string
      /** The fault is the world's (GitHub or the database away), not the delivery's: the try does not count for a day. */
      readonly patient: boolean
    }
