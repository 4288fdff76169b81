/** What the App asks GitHub as itself, with its own signed JWT. */
import { Octokit } from '@octokit/core'
import { AppError, hasCode } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import { createAppOctokit } from './app-octokit.ts'
import { guard, octokitDefaults } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Settings } from './options.ts'

export interface AppClient {
  /** The App's slug: its name in links and, with `[bot]`, its login. */
  slug(): Promise<string>
  /** GITHUB_REFUSED when the App is not installed on the repository. */
  installationOf(repository: Repository): Promise<number>
  mint(
    installation: number,
    request: {
      /** Null: the token is good for the whole installation. */
      readonly repositoryId: number | null
      readonly permissions: Readonly<Record<string, 'read' | 'write'>>
    }
  ): Promise<{ readonly token: string; readonly expiresAt: number }>
  /** Id of a user by login; null when there is none. */
  userId(login: string): Promise<number | null>
}

export function createAppClient(settings: Settings, limits: Limits): AppClient {
  const defaults = octokitDefaults(settings)
  const octokit = createAppOctokit(settings, limits)

  const mint: AppClient['mint'] = async (installation, { repositoryId, permissions }) => {
    const { data } = await octokit.request(
      'POST /app/installations/{installation_id}/access_tokens',
      {
        installation_id: installation,
        permissions,
        ...(repositoryId === null ? {} : { repository_ids: [repositoryId] })
      }
    )
    return { token: data.token, expiresAt: Date.parse(data.expires_at) }
  }

  /**
   * The App's own JWT is not taken for users, and without a credential an address has 60 calls an
   * hour, which neighbours may have used up: so a token of any installation that sees metadata.
   */
  async function userClient(): Promise<Octokit> {
    const { data } = await octokit.request('GET /app/installations', { per_page: 30 })
    const installation = data.find(one => one.suspended_at == null)
    if (installation === undefined) return guarded(new Octokit(defaults), 'github:anonymous')
    const { token } = await mint(installation.id, {
      repositoryId: null,
      permissions: { metadata: 'read' }
    })
    return guarded(new Octokit({ ...defaults, auth: token }), `github:${installation.id}`)
  }

  function guarded(client: Octokit, bucket: string): Octokit {
    guard(client, { settings, limits, bucketOf: async () => bucket })
    return client
  }

  return {
    mint,
    async slug() {
      const { data } = await octokit.request('GET /app')
      if (data?.slug === undefined) {
        throw new AppError('GITHUB_REFUSED', 'asking GitHub for the App itself: it named no slug')
      }
      return data.slug
    },
    async installationOf(repository) {
      const name = fullName(repository)
      try {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', {
          owner: repository.owner,
          repo: repository.name
        })
        return data.id
      } catch (cause) {
        if (!hasCode(cause, 'NOT_FOUND')) throw cause
        const message = `looking for the App on ${name}: it is not installed there, or the repository is gone`
        const hint = `install the App on ${name}`
        throw new AppError('GITHUB_REFUSED', message, { cause, fields: { repository: name, hint } })
      }
    },
    async userId(username) {
      const client = await userClient()
      try {
        const { data } = await client.request('GET /users/{username}', { username })
        return Number(data.id)
      } catch (error) {
        if (hasCode(error, 'NOT_FOUND')) return null
        throw error
      }
    }
  }
}
