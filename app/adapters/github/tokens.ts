/** Installation tokens: three classes, each narrowed to one repository (reliability 3.2). */
import { AppError, hasCode } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import type { TokenClass } from '#app/ports/github.ts'
import type { AppClient } from './app-client.ts'
import type { Settings } from './options.ts'

/** What each class of token may do; `app.yml` asks for at least as much. */
export const TOKEN_PERMISSIONS = {
  /** Git reads of a run. */
  reader: { contents: 'read', metadata: 'read' },
  /** Everything the platform itself reads and writes but code. */
  reporter: {
    issues: 'write',
    pull_requests: 'write',
    checks: 'write',
    contents: 'read',
    metadata: 'read'
  },
  /** One push. */
  pusher: { contents: 'write', metadata: 'read' }
} as const satisfies Record<TokenClass, Readonly<Record<string, 'read' | 'write'>>>

/** A kept token is not used in its last minutes: the call may wait before it leaves. */
const SPARE_MS = 5 * 60_000

interface Kept {
  readonly token: string
  readonly expiresAt: number
}

export interface Tokens {
  /** The installation that a repository belongs to; asked from GitHub when we do not know it. */
  installation(repository: Repository): Promise<number>
  /** A token for one use. Readers and reporters are kept in memory until shortly before they expire. */
  token(repository: Repository, access: TokenClass): Promise<string>
  /** Forgets a kept token that GitHub refused. */
  drop(repository: Repository, access: TokenClass, token: string): void
}

export function createTokens(app: AppClient, settings: Pick<Settings, 'now'>): Tokens {
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, Promise<Kept>>()
  const installations = new Map<number, number>()

  async function lookUp(repository: Repository): Promise<number> {
    const id = await app.installationOf(repository)
    installations.set(repository.providerId, id)
    return id
  }

  async function installation(repository: Repository): Promise<number> {
    return (
      installations.get(repository.providerId) ??
      repository.installationId ??
      (await lookUp(repository))
    )
  }

  async function mint(repository: Repository, access: TokenClass): Promise<Kept> {
    const request = { repositoryId: repository.providerId, permissions: TOKEN_PERMISSIONS[access] }
    const known = await installation(repository)
    try {
      return await app.mint(known, request)
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error
      // The App was taken off and put on again since we stored the id.
      const current = await lookUp(repository)
      if (current === known) throw goneError(repository, error)
      return app.mint(current, request)
    }
  }

  /** Callers that need the same token at the same time share one mint. */
  function mintOnce(key: string, repository: Repository, access: TokenClass): Promise<Kept> {
    const running = underWay.get(key)
    if (running !== undefined) return running
    const minting = mint(repository, access)
      .then(value => {
        kept.set(key, value)
        return value
      })
      .finally(() => underWay.delete(key))
    underWay.set(key, minting)
    return minting
  }

  return {
    installation,
    async token(repository, access) {
      if (access === 'pusher') return (await mint(repository, access)).token
      const key = keyOf(repository, access)
      const before = kept.get(key)
      if (before !== undefined && before.expiresAt - SPARE_MS > settings.now().getTime()) {
        return before.token
      }
      return (await mintOnce(key, repository, access)).token
    },
    drop(repository, access, token) {
      const key = keyOf(repository, access)
      if (kept.get(key)?.token === token) kept.delete(key)
    }
  }
}

function keyOf(repository: Repository, access: TokenClass): string {
  return `${repository.providerId}:${access}`
}

function goneError(repository: Repository, cause: unknown): AppError {
  const name = fullName(repository)
  return new AppError(
    'GITHUB_REFUSED',
    `making a token for ${name}: the App is not installed there`,
    {
      cause,
      fields: { repository: name, hint: `install the App on ${name}` }
    }
  )
}
