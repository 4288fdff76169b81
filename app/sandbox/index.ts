/** GitHub on your machine: REST, git over HTTP, signed webhooks and pages to look at it all. */
import { generateKeyPairSync } from 'node:crypto'
import { AppError } from '#app/core/errors.ts'
import { closeGitSpace, openGitSpace } from '#app/sandbox/git/process.ts'
import type { RequestEntry } from '#app/sandbox/rest/index.ts'
import { issuePersonToken } from './auth.ts'
import {
  accountNamed,
  createRepository,
  ensureAccount,
  pressButton,
  repositoryNamed,
  rerequest
} from './control.ts'
import { createFaults, type LostAnswer } from './faults.ts'
import { listen } from './server.ts'
import { type Access, type Account, createState, type Role, type State } from './state.ts'
import { createWebhooks } from './webhooks.ts'
import { nextRecord, stamp, timestamp, type World } from './world.ts'

export interface SandboxOptions {
  /** Bare repositories and git's settings stand here; the caller makes and removes it. */
  readonly folder: string
  /** 0 or nothing: a free port. */
  readonly port?: number
  readonly webhook?: { readonly url: string; readonly secret: string }
  readonly now?: () => Date
}

export interface SandboxDelivery {
  /** X-GitHub-Delivery. */
  readonly id: string
  readonly event: string
  readonly action: string | null
  /** HTTP status of the answer; null while it waits, 0 when no answer came. */
  readonly status: number | null
  readonly at: string
  readonly body: string
}

export interface Sandbox {
  /** Pages and clones: `${url}/OWNER/NAME` and `${url}/OWNER/NAME.git`. */
  readonly url: string
  /** Octokit's baseUrl, laid out as on GitHub Enterprise Server. */
  readonly apiUrl: string
  readonly app: { readonly id: number; readonly slug: string; readonly privateKey: string }
  /** Makes the user when new; the token acts as this person over REST and git. */
  person(
    login: string,
    options?: { readonly email?: string }
  ): { readonly id: number; readonly login: string; readonly token: string }
  /** One first commit with the files; the App is installed, one installation for each owner. */
  createRepository(input: {
    readonly owner: string
    readonly name: string
    readonly files: Readonly<Record<string, string>>
    readonly private?: boolean
    readonly defaultBranch?: string
  }): Promise<{ readonly id: number; readonly fullName: string; readonly installationId: number }>
  addCollaborator(fullName: string, login: string, permission: Role): void
  setWebhook(webhook: { readonly url: string; readonly secret: string }): void
  /** The App's permissions; `metadata: read` is always among them. Tokens made before lose what is gone. */
  setPermissions(permissions: Readonly<Record<string, Access>>): void
  /** Sends check_run.requested_action. FAILED_PRECONDITION when the run shows no such button. */
  pressButton(input: {
    readonly repository: string
    readonly checkRunId: number
    readonly identifier: string
    readonly by: string
  }): Promise<void>
  /** Sends check_run.rerequested. */
  rerequest(input: {
    readonly repository: string
    readonly checkRunId: number
    readonly by: string
  }): Promise<void>
  readonly faults: {
    /** The request is done, then its socket is destroyed without an answer. */
    loseAnswer(match: LostAnswer): void
    clear(): void
  }
  readonly deliveries: () => readonly SandboxDelivery[]
  /** Sends the same body with the same guid again, as a row of its own. NOT_FOUND for a strange guid. */
  redeliver(guid: string): Promise<void>
  /** Signs and sends any payload once, beside the queue; resolves with the status, 0 for no answer. */
  send(event: string, payload: unknown, options?: { readonly guid?: string }): Promise<number>
  /** Every queued delivery was sent, or gave up. */
  settled(): Promise<void>
  /** The REST calls so far: path below /api/v3 with its query, and the login that called. */
  readonly requests: () => readonly RequestEntry[]
  close(): Promise<void>
}

const APP_SLUG = 'stagewright-sandbox'
const APP_OWNER = 'sandbox-owner'

/** Starts the sandbox on 127.0.0.1. GIT when git is missing; the server's own error for a taken port. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? (() => new Date())
  const state = createState()
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const appId = 1_000_000 + Math.floor(Math.random() * 900_000)
  const git = await openGitSpace(options.folder)
  const faults = createFaults()
  const log: RequestEntry[] = []
  const hookId = nextRecord(state)
  const webhooks = createWebhooks({ hookId, appId, now }, options.webhook ?? null)
  const app = {
    id: appId,
    slug: APP_SLUG,
    clientId: `Iv23li${String(appId).padStart(14, '0')}`,
    owner: ensureAccount({ state, now }, APP_OWNER),
    bot: makeBot(state, now),
    createdAt: timestamp(now()),
    publicKey: keys.publicKey
  }
  const server = await listen(options.port ?? 0, url => {
    const world: World = { url, apiUrl: `${url}/api/v3`, app, state, git, webhooks, now }
    return { world, faults, log }
  })
  const { world } = server

  return {
    url: world.url,
    apiUrl: world.apiUrl,
    app: {
      id: appId,
      slug: APP_SLUG,
      privateKey: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    },
    person(login, given) {
      const { id, login: exact } = ensureAccount(world, login, given?.email)
      const account = accountNamed(world, exact)
      return { id, login: exact, token: issuePersonToken(world, account) }
    },
    async createRepository(input) {
      const { id, fullName, installation } = await createRepository(world, input)
      return { id, fullName, installationId: installation.id }
    },
    addCollaborator(fullName, login, permission) {
      const account = ensureAccount(world, login)
      repositoryNamed(world, fullName).collaborators.set(account.id, permission)
    },
    setWebhook(webhook) {
      webhooks.target = webhook
    },
    setPermissions(permissions) {
      state.permissions = { ...permissions, metadata: 'read' }
    },
    pressButton: async input => pressButton(world, input),
    rerequest: async input => rerequest(world, input),
    faults: { loseAnswer: faults.loseAnswer, clear: faults.clear },
    deliveries: () => webhooks.log.map(shownDelivery),
    redeliver: guid => redeliver(world, guid),
    send: (event, payload, given) => webhooks.send(event, payload, given?.guid),
    settled: webhooks.settled,
    requests: () => [...log],
    async close() {
      await server.close()
      await webhooks.close()
      await closeGitSpace(git)
    }
  }
}

function makeBot(state: State, now: () => Date): Account {
  state.lastAccount += 1
  const login = `${APP_SLUG}[bot]`
  const email = `${state.lastAccount}+${login}@users.noreply.github.com`
  const createdAt = stamp({ now })
  const bot: Account = { id: state.lastAccount, login, type: 'Bot', email, createdAt }
  state.accounts.set(login.toLowerCase(), bot)
  return bot
}

function shownDelivery(delivery: World['webhooks']['log'][number]): SandboxDelivery {
  const { id, event, action, status, at, body } = delivery
  return { id, event, action, status, at, body }
}

async function redeliver(world: World, guid: string): Promise<void> {
  if ((await world.webhooks.redeliver(guid)) === null) {
    throw new AppError('NOT_FOUND', `sending delivery ${guid} again: there is no such delivery`)
  }
}
