import type { Knex } from 'knex'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'
import { reaching } from './database-errors.ts'
import { query } from './query.ts'

/** A token bucket: what it holds when full, and how fast it fills. Both above 0. */
export interface Bucket {
  readonly capacity: number
  readonly refillPerSecond: number
}

/**
 * One limiter for all replicas (decisions 35): a row a bucket, whose lock orders the takers, in
 * database time. `bucketOf` tells a bucket's size by its name; a bucket begins full.
 */
export function postgresRateLimiter(db: Knex, bucketOf: (name: string) => Bucket): RateLimiter {
  return {
    take: (name, cost, reserve) =>
      reaching('asking the rate limiter', () =>
        take(db, { ...bucketOf(name), name, need: cost + reserve, cost })
      ),
    block: (name, seconds) =>
      reaching('blocking a rate limit', () => block(db, { ...bucketOf(name), name, seconds }))
  }
}

interface Request extends Bucket {
  readonly name: string
  readonly cost: number
  /** What must be there; the cost and what is left for better lanes. */
  readonly need: number
}

const AVAILABLE = `least(:capacity, tokens + :refillPerSecond
  * greatest(0, extract(epoch from now() - refilled_at)::float8))`

async function take(db: Knex, request: Request): Promise<{ readonly waitMs: number }> {
  // More than a full bucket never comes; a request that needs more goes when the bucket is full and
  // leaves it in debt.
  const need = Math.min(request.need, request.capacity)
  const { name, cost, capacity, refillPerSecond } = request
  if (await tookFrom(db, { name, cost, capacity, refillPerSecond, need })) return { waitMs: 0 }
  const waitMs = await waitFor(db, { name, capacity, refillPerSecond, need })
  if (waitMs !== null) return { waitMs }
  await create(db, name, capacity)
  return take(db, request)
}

/**
 * The row lock makes a taker that waited see what the one before it left. Its commit does not wait
 * for the disk: all takers of a bucket stand in one line, and after a crash it may be fuller by a few.
 */
async function tookFrom(
  db: Knex,
  bindings: { name: string; cost: number; capacity: number; refillPerSecond: number; need: number }
): Promise<boolean> {
  const rows = await query(
    db,
    `with unhurried as materialized (select set_config('synchronous_commit', 'off', true))
     update rate_limits set tokens = ${AVAILABLE} - :cost, refilled_at = greatest(refilled_at, now())
       from unhurried
      where bucket = :name and ${AVAILABLE} >= :need
        and (blocked_until is null or blocked_until <= now())
  returning bucket`,
    bindings
  )
  return rows.length > 0
}

/** Milliseconds until it is worth asking again, at least 1; null when the bucket has no row yet. */
async function waitFor(
  db: Knex,
  bindings: { name: string; capacity: number; refillPerSecond: number; need: number }
): Promise<number | null> {
  const [row] = await query<{ readonly seconds: number }>(
    db,
    `select greatest(0, (:need - ${AVAILABLE}) / :refillPerSecond,
                     extract(epoch from blocked_until - now())::float8) as seconds
       from rate_limits where bucket = :name`,
    bindings
  )
  return row === undefined ? null : Math.max(1, Math.ceil(row.seconds * 1000))
}

async function create(db: Knex, name: string, capacity: number): Promise<void> {
  await query(
    db,
    'insert into rate_limits (bucket, tokens) values (:name, :capacity) on conflict do nothing',
    { name, capacity }
  )
}

async function block(
  db: Knex,
  wish: Bucket & { readonly name: string; readonly seconds: number }
): Promise<void> {
  await query(
    db,
    `insert into rate_limits (bucket, tokens, blocked_until)
     values (:name, :capacity, now() + :seconds * interval '1 second')
     on conflict (bucket) do update
        set blocked_until = greatest(rate_limits.blocked_until, excluded.blocked_until)`,
    { name: wish.name, capacity: wish.capacity, seconds: wish.seconds }
  )
}
