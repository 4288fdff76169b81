import { fullName, type Repository } from '#app/core/project.ts'
import type { Log } from '#app/ports/platform.ts'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'

export interface GitHubOptions {
  /** `https://api.github.com`, or `<host>/api/v3` of a GitHub Enterprise Server or the sandbox. */
  readonly apiUrl: string
  /** `https://github.com` or the like; a clone URL is `<webUrl>/<owner>/<name>.git`. */
  readonly webUrl: string
  readonly appId: number
  readonly privateKey: string
  readonly limiter: RateLimiter
  readonly log: Log
  readonly fetch?: typeof fetch
  /** Waits between tries and for the limiter, in milliseconds. */
  readonly sleep?: (ms: number) => Promise<void>
  readonly now?: () => Date
  /** One request to the API may take this long. */
  readonly timeoutMs?: number
  /** A read that GitHub could not answer is tried again after once and four times this. */
  readonly retryBaseMs?: number
}

/** The same with every default filled in and no slash at the end of an address. */
export type Settings = Required<GitHubOptions>

export function settingsOf(options: GitHubOptions): Settings {
  return {
    fetch: globalThis.fetch,
    sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
    now: () => new Date(),
    timeoutMs: 10_000,
    retryBaseMs: 1000,
    ...options,
    apiUrl: options.apiUrl.replace(/\/+$/, ''),
    webUrl: options.webUrl.replace(/\/+$/, '')
  }
}

export function cloneUrl(
  settings: Pick<Settings, 'webUrl'>,
  repository: Pick<Repository, 'owner' | 'name'>
): string {
  return `${settings.webUrl}/${fullName(repository)}.git`
}
