/** One bucket for all replicas: asks before every call, and shuts it when GitHub says so (decisions 35). */
import { AppError } from '#app/core/errors.ts'
import type { Settings } from './options.ts'
import type { RequestFailure } from './request-failure.ts'

/**
 * Points of a REST call for the secondary limit: 900 a minute. Docs: "Rate limits for the REST API",
 * calculating points for the secondary rate limit.
 */
const READ_POINTS = 1
const WRITE_POINTS = 5
/** A caller that must wait longer is sent away and comes back by its own schedule. */
const LONGEST_WAIT_MS = 10_000
/** Docs: without a header wait at least one minute, and longer each time. */
const BLIND_BLOCK_SECONDS = 60
const LONGEST_BLIND_BLOCK_SECONDS = 900

export interface Passage {
  /** `github:<installation>`, or `github:app` for calls of the App itself. */
  readonly bucket: string
  readonly method: string
  /** Makes a comment, an issue or a pull request: about 80 a minute and 500 an hour. */
  readonly content: boolean
  /** Points left in the bucket for better lanes. */
  readonly reserve: number
}

export interface Limits {
  /** Returns when the call may go; GITHUB_LIMIT with `fields.retryAfterSeconds` when that is not soon. */
  pass(passage: Passage): Promise<void>
  /** The seconds to stay away if the answer was a rate limit (blocked for all replicas by then), else null. */
  heed(bucket: string, failure: RequestFailure): Promise<number | null>
  /** Blocks ahead when an answer says that it was the last call of this hour. */
  watch(
    bucket: string,
    headers: Readonly<Record<string, string | number | undefined>>
  ): Promise<void>
}

type World = Pick<Settings, 'limiter' | 'sleep' | 'now' | 'log'>

export function createLimits(world: World): Limits {
  const blindBlocks = new Map<string, number>()

  async function block(bucket: string, seconds: number): Promise<void> {
    world.log.warn({ bucket, seconds }, 'GitHub asked us to slow down')
    await world.limiter.block(bucket, seconds)
  }

  return {
    async pass({ bucket, method, content, reserve }) {
      const cost = method === 'GET' || method === 'HEAD' ? READ_POINTS : WRITE_POINTS
      const waited = await wait(world, { bucket, cost, reserve, waited: 0 })
      if (!content) return
      const contentBucket = bucket.replace(/^github:/, 'github-content:')
      await wait(world, { bucket: contentBucket, cost: 1, reserve: 0, waited })
    },
    async heed(bucket, failure) {
      const asked = askedSeconds(failure, world.now())
      if (asked === null) return null
      const blind = blindBlocks.get(bucket) ?? BLIND_BLOCK_SECONDS
      const seconds = asked === 'unsaid' ? blind : asked
      if (asked === 'unsaid') {
        blindBlocks.set(bucket, Math.min(blind * 2, LONGEST_BLIND_BLOCK_SECONDS))
      }
      await block(bucket, seconds)
      return seconds
    },
    async watch(bucket, headers) {
      blindBlocks.delete(bucket)
      if (String(headers['x-ratelimit-remaining']) !== '0') return
      const seconds = secondsUntil(String(headers['x-ratelimit-reset']), world.now())
      if (seconds !== null) await block(bucket, seconds)
    }
  }
}

/** Returns how long this caller has waited in all, in milliseconds. */
async function wait(
  world: World,
  ask: {
    readonly bucket: string
    readonly cost: number
    readonly reserve: number
    readonly waited: number
  }
): Promise<number> {
  const { bucket, cost, reserve } = ask
  let waited = ask.waited
  for (;;) {
    const { waitMs } = await world.limiter.take(bucket, cost, reserve)
    if (waitMs <= 0) return waited
    if (waited + waitMs > LONGEST_WAIT_MS) throw limitError(bucket, Math.ceil(waitMs / 1000))
    await world.sleep(waitMs)
    waited += waitMs
  }
}

export function limitError(bucket: string, seconds: number): AppError {
  return new AppError(
    'GITHUB_LIMIT',
    `calling GitHub: its rate limit asks us to wait ${seconds} s`,
    {
      fields: { bucket, retryAfterSeconds: seconds }
    }
  )
}

/**
 * How long a refusal asks us to stay away; null when it is no rate limit. Docs: "Rate limits for
 * the REST API", exceeding the rate limit: `retry-after` first, then the reset time, then a minute.
 */
function askedSeconds(failure: RequestFailure, now: Date): number | 'unsaid' | null {
  const { status, headers, messages } = failure
  if (status !== 403 && status !== 429) return null
  const retryAfter = secondsOf(headers['retry-after'], now)
  if (retryAfter !== null) return retryAfter
  if (headers['x-ratelimit-remaining'] === '0') {
    return secondsUntil(headers['x-ratelimit-reset'], now) ?? 'unsaid'
  }
  const said = messages.some(line =>
    /secondary rate limit|abuse detection|rate limit exceeded/i.test(line)
  )
  return said || status === 429 ? 'unsaid' : null
}

/** `Retry-After`: seconds or an HTTP date (RFC 9110). At least one second. */
function secondsOf(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null
  if (/^\d+$/.test(value.trim())) return Math.max(1, Number(value))
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(1, Math.ceil((date - now.getTime()) / 1000))
}

/** `x-ratelimit-reset` is UTC epoch seconds. */
function secondsUntil(epoch: string | undefined, now: Date): number | null {
  if (epoch === undefined || !/^\d+$/.test(epoch)) return null
  return Math.max(1, Math.ceil(Number(epoch) - now.getTime() / 1000))
}
