/** GitHub on your machine: REST, git over HTTP, signed webhooks and pages to look at it all. */
import { AppError } from '#app/core/errors.ts'
import { closeGitSpace, openGitSpace } from '#app/sandbox/git/process.ts'
import type { RequestEntry } from '#app/sandbox/rest/serve.ts'
import { theApp } from './app.ts'
import { type AppControls, createAppControls, registerOwnApp } from './app-controls.ts'
import { issuePersonToken } from './auth.ts'
import {
  accountNamed,
  createRepository,
  ensureAccount,
  pressButton,
  repositoryNamed,
  rerequest
} from './control.ts'
import type { DeliveryFaultOrders } from './delivery-faults.ts'
import type { Exchange } from './exchange.ts'
import { createFaults, type FaultOrders } from './faults.ts'
import type { WebhookTarget } from './hook-post.ts'
import { createRateLimits, type LimitedCaller } from './rate-limits.ts'
import { listen } from './server.ts'
import { createState, type Role } from './state.ts'
import { createWebhooks } from './webhooks.ts'
import { installationOn, type World } from './world.ts'

export interface SandboxOptions {
  /** Bare repositories and git's settings stand here; the caller makes and removes it. */
  readonly folder: string
  /** 0 or nothing: a free port. */
  readonly port?: number
  readonly webhook?: WebhookTarget
  /** 'none': without an App, until the manifest flow registers one. 'own' when left out. */
  readonly app?: 'own' | 'none'
  readonly now?: () => Date
  /** Sees every call of the REST API after it was answered. */
  readonly observe?: (exchange: Exchange) => void
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

export interface Sandbox extends AppControls {
  /** Pages and clones: `${url}/OWNER/NAME` and `${url}/OWNER/NAME.git`. */
  readonly url: string
  /** Octokit's baseUrl, laid out as on GitHub Enterprise Server. */
  readonly apiUrl: string
  /** FAILED_PRECONDITION while there is none. */
  readonly app: { readonly id: number; readonly slug: string; readonly privateKey: string }
  /** Makes the user when new; the token acts as this person over REST and git. */
  person(
    login: string,
    options?: { readonly email?: string }
  ): { readonly id: number; readonly login: string; readonly token: string }
  organization(login: string): void
  /**
   * One first commit with the files. The App is installed on it, one installation for each owner,
   * unless there is none, or `install` is false; then `installationId` may be null.
   */
  createRepository(input: {
    readonly owner: string
    readonly name: string
    readonly files: Readonly<Record<string, string>>
    readonly private?: boolean
    readonly defaultBranch?: string
    readonly install?: boolean
  }): Promise<{
    readonly id: number
    readonly fullName: string
    readonly installationId: number | null
  }>
  addCollaborator(fullName: string, login: string, permission: Role): void
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
  /**
   * Calls an hour before 403: for one caller, or for all. 5,000 (60 without a token) until it is set.
   * GraphQL has as many points of its own.
   */
  setRateLimit(limit: number, caller?: LimitedCaller): void
  /** What goes wrong with calls of the REST API; `loseAnswer` with git's as well. */
  readonly faults: FaultOrders & {
    /** What goes wrong with webhooks on their way. */
    readonly deliveries: DeliveryFaultOrders
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

/** Starts the sandbox on 127.0.0.1. GIT when git is missing; the server's own error for a taken port. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? (() => new Date())
  const state = createState()
  const git = await openGitSpace(options.folder)
  const faults = createFaults()
  const rates = createRateLimits(now)
  const graphqlRates = createRateLimits(now)
  const log: RequestEntry[] = []
  const server = await listen(options.port ?? 0, url => {
    const hook = { now, app: () => world.app }
    const webhooks = createWebhooks(hook, options.webhook ?? null)
    const world: World = { url, apiUrl: `${url}/api/v3`, app: null, state, git, webhooks, now }
    return { world, faults, rates, graphqlRates, log, observe: options.observe ?? (() => {}) }
  })
  const { world } = server
  const { webhooks } = world
  if (options.app !== 'none') await registerOwnApp(world)

  return {
    url: world.url,
    apiUrl: world.apiUrl,
    get app() {
      return theApp(world)
    },
    ...createAppControls(world),
    person(login, given) {
      const { id, login: exact } = ensureAccount(world, login, given)
      const account = accountNamed(world, exact)
      return { id, login: exact, token: issuePersonToken(world, account) }
    },
    organization(login) {
      ensureAccount(world, login, { type: 'Organization' })
    },
    async createRepository({ install: asked = true, ...input }) {
      const made = await createRepository(world, { ...input, install: asked && world.app !== null })
      const installation = installationOn(state, made)
      return { id: made.id, fullName: made.fullName, installationId: installation?.id ?? null }
    },
    addCollaborator(fullName, login, permission) {
      const account = ensureAccount(world, login)
      repositoryNamed(world, fullName).collaborators.set(account.id, permission)
    },
    pressButton: async input => pressButton(world, input),
    rerequest: async input => rerequest(world, input),
    setRateLimit(limit, caller) {
      rates.set(limit, caller)
      graphqlRates.set(limit, caller)
    },
    faults: {
      ...faults,
      deliveries: webhooks.faults,
      clear() {
        faults.clear()
        webhooks.faults.clear()
      }
    },
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

function shownDelivery(delivery: World['webhooks']['log'][number]): SandboxDelivery {
  const { guid: id, event, action, outcome, at, body } = delivery
  return { id, event, action, status: outcome?.statusCode ?? null, at, body }
}

async function redeliver(world: World, guid: string): Promise<void> {
  const first = world.webhooks.log.find(one => one.guid === guid)
  if (first === undefined) {
    throw new AppError('NOT_FOUND', `sending delivery ${guid} again: there is no such delivery`)
  }
  world.webhooks.redeliver(first)
  await world.webhooks.settled()
}
