/** What every rate limiter promises; run on the fake and on Postgres. */

import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'

/** The size of the buckets whose limiters `make` gives: small, so that a test can drain them. */
export const CONTRACT_BUCKET = { capacity: 20, refillPerSecond: 2 } as const

/**
 * `make` gives two replicas on one store, whose buckets are all of CONTRACT_BUCKET's size. Each test
 * uses buckets of its own.
 */
export function rateLimiterContract(
  make: () => { readonly one: RateLimiter; readonly other: RateLimiter }
): void {
  let last = 0
  const fresh = (): string => {
    last += 1
    return `contract:${last}`
  }

  test('a full bucket grants its whole capacity at once, then says how long to wait', async () => {
    const { one } = make()
    const bucket = fresh()
    for (let taken = 0; taken < CONTRACT_BUCKET.capacity; taken += 5) {
      expect(await one.take(bucket, 5, 0)).toEqual({ waitMs: 0 })
    }
    const { waitMs } = await one.take(bucket, 5, 0)
    expect(waitMs).toBeGreaterThan(1000)
    expect(waitMs).toBeLessThanOrEqual(2500)
  })

  test('replicas drain one bucket', async () => {
    const { one, other } = make()
    const bucket = fresh()
    expect(await one.take(bucket, 15, 0)).toEqual({ waitMs: 0 })
    expect((await other.take(bucket, 15, 0)).waitMs).toBeGreaterThan(0)
  })

  test('a refused request takes nothing', async () => {
    const { one } = make()
    const bucket = fresh()
    await one.take(bucket, 15, 0)
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await one.take(bucket, 15, 0)).waitMs).toBeGreaterThan(0)
    }
    expect(await one.take(bucket, 5, 0)).toEqual({ waitMs: 0 })
  })

  test('a reserve is left for others', async () => {
    const { one } = make()
    const bucket = fresh()
    await one.take(bucket, 10, 0)
    expect((await one.take(bucket, 5, 10)).waitMs).toBeGreaterThan(0)
    expect(await one.take(bucket, 5, 0)).toEqual({ waitMs: 0 })
  })

  test('waiting as long as it says is enough', async () => {
    const { one } = make()
    const bucket = fresh()
    await one.take(bucket, 20, 0)
    const { waitMs } = await one.take(bucket, 1, 0)
    await pause(waitMs + 50)
    expect(await one.take(bucket, 1, 0)).toEqual({ waitMs: 0 })
  })

  test('a block stops every replica for that long, and no other bucket', async () => {
    const { one, other } = make()
    const bucket = fresh()
    await one.block(bucket, 30)
    for (const limiter of [one, other]) {
      const { waitMs } = await limiter.take(bucket, 1, 0)
      expect(waitMs).toBeGreaterThan(28_000)
      expect(waitMs).toBeLessThanOrEqual(30_000)
    }
    expect(await other.take(fresh(), 1, 0)).toEqual({ waitMs: 0 })
  })

  test('of two blocks the later end counts, in either order', async () => {
    const { one, other } = make()
    for (const [first, second] of [
      [60, 5],
      [5, 60]
    ] as const) {
      const bucket = fresh()
      await one.block(bucket, first)
      await other.block(bucket, second)
      expect((await one.take(bucket, 1, 0)).waitMs).toBeGreaterThan(50_000)
    }
  })

  test('a block that is over lets the next one through', async () => {
    const { one } = make()
    const bucket = fresh()
    await one.block(bucket, 1)
    expect((await one.take(bucket, 1, 0)).waitMs).toBeGreaterThan(0)
    await pause(1100)
    expect(await one.take(bucket, 1, 0)).toEqual({ waitMs: 0 })
  })

  test('of many takers at once only as many pass as there are tokens', async () => {
    const { one, other } = make()
    const bucket = fresh()
    const takers = Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? one : other).take(bucket, 5, 0)
    )
    const granted = (await Promise.all(takers)).filter(({ waitMs }) => waitMs === 0)
    expect(granted).toHaveLength(4)
  })
}
