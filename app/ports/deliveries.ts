import type { ClaimedDelivery, DeliveryOutcome } from '#app/core/delivery.ts'

/** What becomes of deliveries that the inbox holds. */
export interface Deliveries {
  /** Takes up to `count` oldest waiting rows whose subject nobody works on; a lease of `leaseSeconds` in database time. A lost race is nothing, not an error. */
  claim(worker: string, count: number, leaseSeconds: number): Promise<readonly ClaimedDelivery[]>
  /** Ends the work on a row this worker holds. `retry` past 8 attempts becomes quarantine; a patient one only after a day. Returns false when the row is no longer ours. */
  settle(id: string, worker: string, outcome: DeliveryOutcome): Promise<boolean>
  /** Gives rows with an expired lease back; returns how many. */
  releaseExpired(): Promise<number>
  /** Rows that are not done, by state, for metrics; those that are done are not counted. */
  counts(): Promise<Readonly<Record<string, number>>>
}
