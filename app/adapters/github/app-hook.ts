/** The App's webhook on GitHub and GitHub's log of its deliveries. Docs: "REST API endpoints for GitHub App webhooks". */
import { AppError } from '#app/core/errors.ts'
import type { HookAttempt } from '#app/core/missed-delivery.ts'
import type { AppHook } from '#app/ports/app-hook.ts'
import type { AppHookFacts } from '#app/ports/diagnosis.ts'
import { createAppOctokit } from './app-octokit.ts'
import { createLimits } from './limits.ts'
import { type GitHubOptions, settingsOf } from './options.ts'

/** Left in the App's bucket by every call, so that a sweep never keeps a run waiting for its token. */
const RESERVE = 100
const PAGE = 100
const NEWEST = 30

/** Every call costs points of the bucket `github:app`, which all replicas share. */
export function createAppHook(options: GitHubOptions): AppHook & AppHookFacts {
  const settings = settingsOf(options)
  const octokit = createAppOctokit(settings, createLimits(settings), RESERVE)

  async function list(query: { readonly per_page: number; readonly cursor?: string }) {
    return octokit.request('GET /app/hook/deliveries', query)
  }

  return {
    async page(cursor) {
      const { data, headers } = await list({
        per_page: PAGE,
        ...(cursor === null ? {} : { cursor })
      })
      return { attempts: data.map(attemptOf), next: nextCursor(headers.link) }
    },
    async redeliver(attemptId) {
      if (!/^\d{1,20}$/.test(attemptId)) {
        const message = `asking GitHub for a delivery again: "${attemptId}" is no id of an attempt`
        throw new AppError('INVALID_ARGUMENT', message)
      }
      // The typed route takes a number, and these ids are longer than one can hold.
      await octokit.request(`POST /app/hook/deliveries/${attemptId}/attempts`)
    },
    async hook() {
      const { data } = await octokit.request('GET /app/hook/config')
      return {
        url: data.url ?? null,
        contentType: data.content_type ?? null,
        insecureSsl: String(data.insecure_ssl ?? '0'),
        hasSecret: (data.secret ?? '') !== ''
      }
    },
    async attempts() {
      const { data } = await list({ per_page: NEWEST })
      return data.map(one => ({
        event: one.event,
        deliveredAt: one.delivered_at,
        statusCode: one.status_code,
        status: one.status
      }))
    }
  }
}

interface WireAttempt {
  /** A bigint where a number could not hold it. */
  readonly id: number | bigint
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly delivered_at: string
  readonly status_code: number
}

function attemptOf(one: WireAttempt): HookAttempt {
  return {
    id: String(one.id),
    guid: one.guid,
    event: one.event,
    action: one.action,
    at: one.delivered_at,
    statusCode: one.status_code
  }
}

/** From `<https://…/app/hook/deliveries?per_page=100&cursor=v1_…>; rel="next"`. */
function nextCursor(link: string | undefined): string | null {
  const url = /<([^<>]+)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return url === undefined ? null : new URL(url).searchParams.get('cursor')
}
