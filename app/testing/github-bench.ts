/** A sandbox with one repository, and the real GitHub adapter on it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitHub, type GitHub } from '#app/adapters/github/create-github.ts'
import type { GitHubOptions } from '#app/adapters/github/options.ts'
import type { Repository } from '#app/core/project.ts'
import type { Exchange } from '#app/sandbox/exchange.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { fakeRateLimiter } from './fake-rate-limiter.ts'
import { createOpenApiCheck } from './openapi-check.ts'
import { recordedLog } from './recorded-log.ts'

export interface GitHubBench {
  readonly sandbox: Sandbox
  readonly github: GitHub
  readonly log: ReturnType<typeof recordedLog>
  readonly repository: Repository
  /** Owner of the repository: calls the REST API with his own token, and gets the JSON body. */
  asOwner<T>(method: string, path: string, body?: unknown): Promise<T>
  readonly owner: { readonly id: number; readonly login: string; readonly token: string }
  /** Another client of the same App, such as another replica. */
  client(options?: Partial<GitHubOptions>): GitHub
  /** For files of the test; removed at the end. */
  readonly folder: string
  close(): Promise<void>
}

const FILES = { 'README.md': '# Widget\n', 'src/add.js': 'export const add = (a, b) => a - b\n' }

/** `observe` also sees each call of the API. */
export async function startGitHubBench(
  options: { readonly observe?: (exchange: Exchange) => void } = {}
): Promise<GitHubBench> {
  const folder = await mkdtemp(join(tmpdir(), 'sw-github-'))
  const check = createOpenApiCheck('never')
  const observe = (exchange: Exchange): void => {
    check.observe(exchange)
    options.observe?.(exchange)
  }
  const sandbox = await startSandbox({ folder, observe })
  const owner = sandbox.person('octo-owner')
  const made = await sandbox.createRepository({
    owner: owner.login,
    name: 'widget',
    files: FILES,
    private: true
  })
  const log = recordedLog()
  const shared: GitHubOptions = {
    apiUrl: sandbox.apiUrl,
    webUrl: sandbox.url,
    appId: sandbox.app.id,
    privateKey: sandbox.app.privateKey,
    limiter: fakeRateLimiter(),
    log,
    sleep: async () => {},
    retryBaseMs: 1
  }
  const client = (options: Partial<GitHubOptions> = {}): GitHub =>
    createGitHub({ ...shared, ...options })
  return {
    sandbox,
    github: client(),
    log,
    owner,
    client,
    folder,
    repository: repositoryRow({ ...made, owner: owner.login, name: 'widget' }),
    async asOwner(method, path, body) {
      const answer = await fetch(`${sandbox.apiUrl}/repos/${made.fullName}${path}`, {
        method,
        headers: { authorization: `token ${owner.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    async close() {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
      check.assertNone()
    }
  }
}

export function repositoryRow(made: {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly installationId: number | null
}): Repository {
  return {
    id: `r${made.id}`,
    projectId: 'default',
    providerId: made.id,
    owner: made.owner,
    name: made.name,
    installationId: made.installationId,
    defaultBranch: 'main',
    locale: 'en',
    protectedPaths: null
  }
}
