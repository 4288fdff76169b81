import type { RepositoryAccess } from '#app/ports/github.ts'
import type { AppClient } from './app-client.ts'
import { cloneUrl, type Settings } from './options.ts'
import type { Tokens } from './tokens.ts'

export function createAccess(settings: Settings, app: AppClient, tokens: Tokens): RepositoryAccess {
  let known: ReturnType<RepositoryAccess['identity']> | null = null

  return {
    async git(repository, access) {
      const token = await tokens.token(repository, access)
      const authorization = basicAuthorization(token)
      const release = access === 'pusher' ? () => revoke(settings, token) : () => Promise.resolve()
      return { url: cloneUrl(settings, repository), authorization, release }
    },
    identity() {
      known ??= askIdentity(settings, app).catch(error => {
        known = null
        throw error
      })
      return known
    }
  }
}

/** Git over HTTPS takes an installation token as the password of `x-access-token`. Docs: "Authenticating as a GitHub App installation". */
export function basicAuthorization(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
}

/** Docs: "Revoke an installation access token". A token that stays ends by itself within the hour. */
async function revoke(settings: Settings, token: string): Promise<void> {
  try {
    const answer = await settings.fetch(`${settings.apiUrl}/installation/token`, {
      method: 'DELETE',
      headers: { authorization: `token ${token}`, 'user-agent': 'stagewright' },
      signal: AbortSignal.timeout(settings.timeoutMs)
    })
    await answer.body?.cancel()
    if (answer.status !== 204) {
      settings.log.warn({ status: answer.status }, 'a push token was not revoked')
    }
  } catch (error) {
    settings.log.warn({ error }, 'a push token was not revoked')
  }
}

/** An e-mail address with the bot's user id makes GitHub show its commits as the App's. */
async function askIdentity(
  settings: Settings,
  app: AppClient
): ReturnType<RepositoryAccess['identity']> {
  const slug = await app.slug()
  const login = `${slug}[bot]`
  const id = (await app.userId(login)) ?? settings.appId
  return { appId: settings.appId, slug, login, email: `${id}+${login}@users.noreply.github.com` }
}
