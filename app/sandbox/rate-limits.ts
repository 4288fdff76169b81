/** The primary rate limit of each caller. Docs: "Rate limits for the REST API". */
import type { Actor } from './actor.ts'

/** Calls an hour for an installation or a signed-in person, and for everybody else together. */
const AUTHENTICATED_LIMIT = 5000
const ANONYMOUS_LIMIT = 60
const WINDOW_SECONDS = 3600

export interface Rate {
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** UTC epoch seconds. */
  readonly reset: number
}

/** Whose limit it is: an installation's id, a person's login, or all of that kind. */
export interface LimitedCaller {
  readonly installation?: number
  readonly login?: string
}

export interface RateLimits {
  /** Calls an hour; for one caller, or for all who have none of their own. */
  set(limit: number, caller?: LimitedCaller): void
  /** Without counting. */
  look(actor: Actor): Rate
  /** Counts one call; null when there is none left in this hour. */
  take(actor: Actor): Rate | null
  /** A call that cost nothing, as an answer 304. */
  giveBack(actor: Actor): void
}

export function createRateLimits(now: () => Date): RateLimits {
  const limits = new Map<string, number>()
  const windows = new Map<string, { used: number; reset: number }>()

  function windowOf(key: string): { used: number; reset: number } {
    const seconds = Math.floor(now().getTime() / 1000)
    const known = windows.get(key)
    if (known !== undefined && known.reset > seconds) return known
    const fresh = { used: 0, reset: seconds + WINDOW_SECONDS }
    windows.set(key, fresh)
    return fresh
  }

  function look(actor: Actor): Rate {
    const key = keyOf(actor)
    const { used, reset } = windowOf(key)
    const usual = actor.kind === 'anonymous' ? ANONYMOUS_LIMIT : AUTHENTICATED_LIMIT
    const limit = limits.get(key) ?? limits.get('') ?? usual
    return { limit, used, remaining: Math.max(0, limit - used), reset }
  }

  return {
    set(limit, { installation, login } = {}) {
      if (installation !== undefined) limits.set(`installation ID ${installation}`, limit)
      else if (login !== undefined) limits.set(`user ${login.toLowerCase()}`, limit)
      else limits.set('', limit)
    },
    look,
    take(actor) {
      if (look(actor).remaining === 0) return null
      windowOf(keyOf(actor)).used += 1
      return look(actor)
    },
    giveBack(actor) {
      windowOf(keyOf(actor)).used -= 1
    }
  }
}

/** Also the words that GitHub's refusal names the caller by. */
export function keyOf(actor: Actor): string {
  if (actor.kind === 'installation') return `installation ID ${actor.installation.id}`
  if (actor.kind === 'person') return `user ${actor.account.login.toLowerCase()}`
  return actor.kind === 'app' ? 'app' : '127.0.0.1'
}
