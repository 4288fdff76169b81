/** The hooks around every request: limiter, timeout, and our own errors. */
import type { Octokit } from '@octokit/core'
import { AppError } from '#app/core/errors.ts'
import { isGraphql, isQuery, limitIn } from './graphql-calls.ts'
import { type Limits, limitError } from './limits.ts'
import type { Settings } from './options.ts'
import { refusal } from './refusal.ts'
import { readFailure } from './request-failure.ts'

/** Options of every Octokit we make. */
export function octokitDefaults(settings: Settings) {
  const { apiUrl, log, fetch } = settings
  return {
    baseUrl: apiUrl,
    userAgent: 'stagewright',
    request: { fetch },
    log: {
      debug: () => {},
      info: () => {},
      warn: (detail: string) => log.warn({ detail }, 'octokit warns'),
      error: (detail: string) => log.warn({ detail }, 'octokit reports an error')
    }
  }
}

export interface Guard {
  readonly settings: Settings
  readonly limits: Limits
  readonly bucketOf: () => Promise<string>
  readonly content?: boolean
  readonly reserve?: number
}

/**
 * Inner hook, passed once a try: waits for the limiter and puts a time limit on the request. Stands
 * below a retry plugin when it is set first.
 */
export function gate(octokit: Octokit, options: Guard): void {
  const { settings, limits, content = false, reserve = 0 } = options
  octokit.hook.wrap('request', async (request, call) => {
    const bucket = await options.bucketOf()
    const method = isQuery(call) ? 'GET' : call.method
    await limits.pass({ bucket, method, content, reserve })
    // Hooks see one object, so what they add is set on it; the nested ones are shared by all calls.
    call.request = { ...call.request, signal: AbortSignal.timeout(settings.timeoutMs) }
    const answer = await request(call)
    const limited = isGraphql(call) ? limitIn(answer) : null
    if (limited !== null) throw limited
    await limits.watch(bucket, answer.headers)
    return answer
  })
}

/** Outer hook: every failure that leaves is an AppError, and a rate limit shuts the bucket first. */
export function translate(octokit: Octokit, options: Guard): void {
  octokit.hook.error('request', async (error, call) => {
    if (error instanceof AppError) throw error
    const failure = readFailure(error)
    const bucket = await options.bucketOf()
    const seconds = await options.limits.heed(bucket, failure)
    if (seconds !== null) throw limitError(bucket, seconds)
    throw refusal(`${call.method} ${pathOf(options.settings, error, call.url)}`, failure)
  })
}

export function guard(octokit: Octokit, options: Guard): void {
  gate(octokit, options)
  translate(octokit, options)
}

/** The path that was called, without host and query; the route's template when it never left. */
function pathOf(settings: Settings, error: Error, template: string): string {
  const request = 'request' in error ? error.request : null
  const url =
    typeof request === 'object' && request !== null && 'url' in request
      ? String(request.url)
      : template
  return (url.startsWith(settings.apiUrl) ? url.slice(settings.apiUrl.length) : url).replace(
    /\?.*$/,
    ''
  )
}
