/** One bucket for all replicas (decisions 35). */
export interface RateLimiter {
  /**
   * Asks for `cost` tokens of a bucket. `{ waitMs: 0 }` grants; otherwise nothing was taken and the
   * caller asks again after `waitMs`. `reserve` tokens are left for better lanes.
   */
  take(bucket: string, cost: number, reserve: number): Promise<{ readonly waitMs: number }>
  /** Nothing passes before that many seconds from now, on any replica; keeps the later time. */
  block(bucket: string, seconds: number): Promise<void>
}
