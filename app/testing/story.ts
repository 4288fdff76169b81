/** A whole story on one machine: sandbox, database, app, and people who act over GitHub's REST API. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endLocalRuns } from '#app/cli/demo/runner-host.ts'
import { readConfig } from '#app/config.ts'
import { type App, assemble, type Overrides } from '#app/main.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { createOpenApiCheck } from './openapi-check.ts'

export const STORY_SECRET = 'a-secret-for-stories-only'
export const STORY_REPOSITORY = 'octo/shop'

export interface Story {
  readonly sandbox: Sandbox
  readonly database: TestDatabase
  readonly folder: string
  /** The environment an app of this story is configured by. */
  environment(changes?: Readonly<Record<string, string>>): Record<string, string>
  /** Starts an app in this process and makes it the webhook's receiver. */
  start(options?: {
    readonly environment?: Readonly<Record<string, string>>
    readonly overrides?: Overrides
  }): Promise<App>
  /** Where GitHub sends its webhooks: the app that was started last. */
  webhookUrl(): string
  /** Calls GitHub as a person; throws when the answer is no 2xx. */
  as(login: string): (method: string, path: string, body?: unknown) => Promise<Json>
  /** Makes an issue as mona, who owns the repository. */
  issue(title: string, body: string, by?: string): Promise<number>
  /** Polls until `look` gives something. */
  until<T>(
    what: string,
    look: () => Promise<T | null | undefined | false>,
    seconds?: number
  ): Promise<T>
  end(): Promise<void>
}

/** An answer of the REST API, read by path: `json.head.sha` is `at(json, 'head', 'sha')`. */
export type Json = unknown

export function at(json: Json, ...path: ReadonlyArray<string | number>): unknown {
  let value: unknown = json
  for (const key of path)
    value = (value as Record<string | number, unknown> | null | undefined)?.[key]
  return value
}

export async function beginStory(
  options: {
    readonly people?: Readonly<Record<string, 'read' | 'triage' | 'write' | 'admin'>>
  } = {}
): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewright-story-'))
  await mkdir(join(folder, 'github'), { mode: 0o700 })
  const { chmod } = await import('node:fs/promises')
  await chmod(folder, 0o711)
  const agent = join(folder, 'agent.mjs')
  await copyFile(fileURLToPath(new URL('./story-agent.mjs', import.meta.url)), agent)
  const check = createOpenApiCheck('never')
  const [sandbox, database] = await Promise.all([
    startSandbox({ folder: join(folder, 'github'), observe: check.observe }),
    testDatabase()
  ])
  const tokens = new Map<string, string>()
  for (const [login, role] of Object.entries({ mona: 'admin' as const, ...options.people })) {
    tokens.set(login, sandbox.person(login).token)
    if (login === 'mona') {
      await sandbox.createRepository({
        owner: 'octo',
        name: 'shop',
        files: { 'README.md': '# Shop\n', 'src/a.txt': 'one\n' }
      })
    }
    sandbox.addCollaborator(STORY_REPOSITORY, login, role)
  }
  const apps: App[] = []
  let webhook = ''

  function environment(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      DATABASE_URL: database.url,
      PORT: '0',
      STAGEWRIGHT_STATE_DIR: join(folder, 'state'),
      STAGEWRIGHT_LOG_LEVEL: process.env.STORY_LOG ?? 'silent',
      STAGEWRIGHT_GITHUB_APP_ID: String(sandbox.app.id),
      STAGEWRIGHT_GITHUB_PRIVATE_KEY: sandbox.app.privateKey,
      STAGEWRIGHT_WEBHOOK_SECRET: STORY_SECRET,
      STAGEWRIGHT_GITHUB_API_URL: sandbox.apiUrl,
      STAGEWRIGHT_GITHUB_WEB_URL: sandbox.url,
      STAGEWRIGHT_AGENT_COMMAND: JSON.stringify(['node', agent]),
      STAGEWRIGHT_SANDBOX: 'true',
      ...changes
    }
  }

  const story: Story = {
    sandbox,
    database,
    folder,
    environment,
    async start({ environment: changes = {}, overrides = {} } = {}) {
      const app = await assemble(readConfig(environment(changes)), overrides)
      apps.push(app)
      webhook = `${app.url}/api/github/webhooks`
      sandbox.setWebhook({ url: webhook, secret: STORY_SECRET })
      return app
    },
    webhookUrl: () => webhook,
    as(login) {
      const token = tokens.get(login) ?? sandbox.person(login).token
      return async (method, path, body) => {
        const response = await fetch(`${sandbox.apiUrl}${path}`, {
          method,
          headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) })
        })
        const text = await response.text()
        if (!response.ok)
          throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
        return text === '' ? null : JSON.parse(text)
      }
    },
    async issue(title, body, by = 'mona') {
      const made = await story.as(by)('POST', `/repos/${STORY_REPOSITORY}/issues`, { title, body })
      return Number(at(made, 'number'))
    },
    until,
    async end() {
      // What goes wrong in one step must not leave what the next ones remove.
      const steps = [
        ...apps.map(app => () => app.stop()),
        () => endLocalRuns(join(folder, 'state')),
        () => sandbox.close(),
        () => database.drop(),
        () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
        async () => check.assertNone()
      ]
      const failures: unknown[] = []
      for (const step of steps) await step().catch(error => failures.push(error))
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
    }
  }
  return story
}

async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  seconds = 30
): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
