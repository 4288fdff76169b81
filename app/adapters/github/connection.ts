/** Octokit for one repository: reads are tried again by its plugin, writes never (decisions 35). */
import { Octokit } from '@octokit/core'
import { paginateRest } from '@octokit/plugin-paginate-rest'
import { retry } from '@octokit/plugin-retry'
import { hasCode } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import { type Guard, gate, octokitDefaults, translate } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Settings } from './options.ts'
import { readFailure } from './request-failure.ts'
import type { Tokens } from './tokens.ts'

/** 4xx do not change by asking again, and limits are kept by the limiter. */
const FINAL_STATUSES = [400, 401, 403, 404, 409, 410, 422, 429, 451]
/** GitHub may send an event before its reads know of it: asked again twice (reliability 1.6). */
const NOT_YET_THERE_MS = [500, 1500]

type ReadClient = Octokit & ReturnType<typeof paginateRest>

export interface Connection {
  read(repository: Repository): ReadClient
  /** `content`: makes a comment or a pull request; `reserve`: points left for better lanes. */
  write(
    repository: Repository,
    lane?: { readonly content?: boolean; readonly reserve?: number }
  ): Octokit
  /** Asks again, twice, when GitHub says 404: for what an event has just told us of. */
  patiently<T>(ask: () => Promise<T>): Promise<T>
}

export function createConnection(settings: Settings, limits: Limits, tokens: Tokens): Connection {
  const defaults = octokitDefaults(settings)

  function guardOf(repository: Repository, lane: Pick<Guard, 'content' | 'reserve'> = {}): Guard {
    const bucketOf = async () => `github:${await tokens.installation(repository)}`
    return { settings, limits, bucketOf, ...lane }
  }

  function inside(repository: Repository, guard: Guard) {
    return (octokit: Octokit): void => {
      gate(octokit, guard)
      authorize(octokit, { repository, tokens })
    }
  }

  return {
    read(repository) {
      const guard = guardOf(repository)
      const Client = Octokit.plugin(inside(repository, guard), retry, paginateRest)
      const octokit = new Client({
        ...defaults,
        retry: {
          doNotRetry: FINAL_STATUSES,
          retries: 2,
          retryAfterBaseValue: settings.retryBaseMs
        }
      })
      translate(octokit, guard)
      return octokit
    },
    write(repository, lane) {
      const guard = guardOf(repository, lane)
      const octokit = new (Octokit.plugin(inside(repository, guard)))(defaults)
      translate(octokit, guard)
      return octokit
    },
    async patiently(ask) {
      for (const pause of NOT_YET_THERE_MS) {
        try {
          return await ask()
        } catch (error) {
          if (!hasCode(error, 'NOT_FOUND')) throw error
          await settings.sleep(pause)
        }
      }
      return ask()
    }
  }
}

/**
 * Puts the repository's reporter token on. A kept token that was revoked meanwhile is
 * replaced once; nothing was done with a call that got 401, so a write may go again too.
 */
function authorize(
  octokit: Octokit,
  world: { readonly repository: Repository; readonly tokens: Tokens }
): void {
  const { repository, tokens } = world
  octokit.hook.wrap('request', async (request, call) => {
    const token = await tokens.token(repository, 'reporter')
    const withToken = (value: string) => {
      call.headers = { ...call.headers, authorization: `token ${value}` }
      return request(call)
    }
    try {
      return await withToken(token)
    } catch (error) {
      if (readFailure(error).status !== 401) throw error
      tokens.drop(repository, 'reporter', token)
      return withToken(await tokens.token(repository, 'reporter'))
    }
  })
}
