import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { connect } from './connection.ts'
import { type Bucket, postgresRateLimiter } from './rate-limiter.ts'

let database: TestDatabase
let replica: Knex

beforeAll(async () => {
  database = await testDatabase({ role: 'stagewright_app', poolSize: 10 })
  replica = connect(database.url, { role: 'stagewright_app', poolSize: 10 })
})

afterAll(async () => {
  await replica.destroy()
  await database.drop()
})

function limiter(bucket: Bucket, db: Knex = database.db) {
  return postgresRateLimiter(db, () => bucket)
}

/** Moves the bucket's clock back, as if these seconds had passed. */
const pass = (name: string, seconds: number) =>
  database.db.raw(
    `update rate_limits set refilled_at = refilled_at - :seconds * interval '1 second',
            blocked_until = blocked_until - :seconds * interval '1 second' where bucket = :name`,
    { name, seconds }
  )

test('a bucket begins full, gives what it has, and tells how long to wait for more', async () => {
  const { take } = limiter({ capacity: 3, refillPerSecond: 0.1 })
  for (let n = 0; n < 3; n += 1) expect(await take('b', 1, 0)).toEqual({ waitMs: 0 })
  const { waitMs } = await take('b', 1, 0)
  expect(waitMs).toBeGreaterThan(9000)
  expect(waitMs).toBeLessThanOrEqual(10_000)
  await pass('b', 10)
  expect(await take('b', 1, 0)).toEqual({ waitMs: 0 })
  await pass('b', 10_000)
  expect(await take('b', 3, 0)).toEqual({ waitMs: 0 })
  expect((await take('b', 1, 0)).waitMs).toBeGreaterThan(0)
})

test('a reserve is left for better lanes, and a refusal takes nothing', async () => {
  const { take } = limiter({ capacity: 10, refillPerSecond: 0.001 })
  expect(await take('lanes', 6, 4)).toEqual({ waitMs: 0 })
  expect((await take('lanes', 1, 4)).waitMs).toBeGreaterThan(0)
  expect(await take('lanes', 4, 0)).toEqual({ waitMs: 0 })
})

test('a request above the capacity goes from a full bucket and leaves it in debt', async () => {
  const { take } = limiter({ capacity: 2, refillPerSecond: 1 })
  expect(await take('big', 5, 0)).toEqual({ waitMs: 0 })
  const { waitMs } = await take('big', 1, 0)
  expect(waitMs).toBeGreaterThan(3000)
  expect(waitMs).toBeLessThanOrEqual(4000)
})

test('a block holds everything back on every replica, and the later time wins', async () => {
  const here = limiter({ capacity: 5, refillPerSecond: 1 })
  const there = limiter({ capacity: 5, refillPerSecond: 1 }, replica)
  await here.block('blocked', 60)
  await there.block('blocked', 5)
  const { waitMs } = await there.take('blocked', 1, 0)
  expect(waitMs).toBeGreaterThan(55_000)
  expect(waitMs).toBeLessThanOrEqual(60_000)
  await pass('blocked', 61)
  expect(await there.take('blocked', 1, 0)).toEqual({ waitMs: 0 })
})

test('buckets do not touch each other and have their own sizes', async () => {
  const { take } = postgresRateLimiter(database.db, name => ({
    capacity: name === 'small' ? 1 : 2,
    refillPerSecond: 0.001
  }))
  expect(await take('small', 1, 0)).toEqual({ waitMs: 0 })
  expect((await take('small', 1, 0)).waitMs).toBeGreaterThan(0)
  expect(await take('large', 2, 0)).toEqual({ waitMs: 0 })
})

test('20 takers on two replicas never get more than the capacity and the refill', async () => {
  const bucket = { capacity: 10, refillPerSecond: 20 }
  const began = performance.now()
  let granted = 0
  const taker = async (n: number): Promise<void> => {
    const { take } = limiter(bucket, n % 2 ? replica : database.db)
    while (performance.now() - began < 700) {
      if ((await take('crowd', 1, 0)).waitMs === 0) granted += 1
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, n) => taker(n)))
  const seconds = (performance.now() - began) / 1000
  expect(granted).toBeLessThanOrEqual(bucket.capacity + bucket.refillPerSecond * seconds)
  expect(granted).toBeGreaterThanOrEqual(bucket.capacity)
})

test('a database that is not there is DATABASE_UNREACHABLE', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none')
  const work = limiter({ capacity: 1, refillPerSecond: 1 }, nowhere).take('b', 1, 0)
  await expect(work).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await nowhere.destroy()
})
