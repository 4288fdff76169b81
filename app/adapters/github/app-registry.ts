/** The end of GitHub's manifest flow. Docs: "Registering a GitHub App from a manifest". */
import { Octokit } from '@octokit/core'
import { AppError } from '#app/core/errors.ts'
import type { RegisteredApp } from '#app/core/set-up.ts'
import type { AppRegistry } from '#app/ports/set-up.ts'
import { refusal } from './refusal.ts'
import { readFailure } from './request-failure.ts'

const TIMEOUT_MS = 20_000

/** Asked without a credential: the code is one. No error holds the code or a secret of the App. */
export function createAppRegistry(fetch: typeof globalThis.fetch = globalThis.fetch): AppRegistry {
  return {
    async convert(apiUrl, code) {
      const octokit = new Octokit({ baseUrl: apiUrl, userAgent: 'stagewright', request: { fetch } })
      try {
        const { data } = await octokit.request('POST /app-manifests/{code}/conversions', {
          code,
          request: { signal: AbortSignal.timeout(TIMEOUT_MS) }
        })
        return appOf(data)
      } catch (error) {
        if (error instanceof AppError) throw error
        throw refusal('POST /app-manifests/{code}/conversions', readFailure(error))
      }
    }
  }
}

type Converted = Awaited<
  ReturnType<typeof Octokit.prototype.request<'POST /app-manifests/{code}/conversions'>>
>['data']

function appOf(data: Converted): RegisteredApp {
  const { id, slug, name, html_url, owner, pem, webhook_secret } = data
  if (typeof slug !== 'string' || typeof pem !== 'string' || typeof webhook_secret !== 'string') {
    throw new AppError(
      'GITHUB_REFUSED',
      "reading the new App: GitHub's answer lacks its slug, its private key or its webhook secret; delete the App on GitHub and start again"
    )
  }
  return {
    id: Number(id),
    slug,
    name,
    pageUrl: html_url,
    owner: owner !== null && 'login' in owner ? owner.login : '',
    privateKey: pem,
    webhookSecret: webhook_secret
  }
}
