import type { RateLimiter } from '#app/ports/rate-limiter.ts'

export interface FakeBucket {
  readonly capacity: number
  readonly refillPerSecond: number
}

interface Level {
  tokens: number
  at: number
  blockedUntil: number
}

/**
 * The rate limiter in memory: what several clients share in a test. `now` in milliseconds; a bucket
 * begins full.
 */
export function fakeRateLimiter(
  options: { readonly bucketOf?: (name: string) => FakeBucket; readonly now?: () => number } = {}
): RateLimiter {
  const { bucketOf = () => ({ capacity: 900, refillPerSecond: 15 }), now = Date.now } = options
  const levels = new Map<string, Level>()

  function levelOf(name: string): Level {
    const { capacity, refillPerSecond } = bucketOf(name)
    const level = levels.get(name) ?? { tokens: capacity, at: now(), blockedUntil: 0 }
    const elapsed = Math.max(0, now() - level.at) / 1000
    level.tokens = Math.min(capacity, level.tokens + elapsed * refillPerSecond)
    level.at = Math.max(level.at, now())
    levels.set(name, level)
    return level
  }

  return {
    async take(name, cost, reserve) {
      const { capacity, refillPerSecond } = bucketOf(name)
      const level = levelOf(name)
      const need = Math.min(cost + reserve, capacity)
      const blockedMs = level.blockedUntil - now()
      if (blockedMs <= 0 && level.tokens >= need) {
        level.tokens -= cost
        return { waitMs: 0 }
      }
      const refillMs = ((need - level.tokens) / refillPerSecond) * 1000
      return { waitMs: Math.max(1, Math.ceil(Math.max(refillMs, blockedMs))) }
    },
    async block(name, seconds) {
      const level = levelOf(name)
      level.blockedUntil = Math.max(level.blockedUntil, now() + seconds * 1000)
    }
  }
}
