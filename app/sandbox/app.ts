/** The GitHub App of this world: one at a time, made at the start or by the manifest flow. */
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '#app/core/errors.ts'
import type { Access, Account, Installation, State } from './state.ts'
import { nextRecord, stamp, type World } from './world.ts'

/** What an App is registered with. Docs: "Registering a GitHub App". */
export interface AppSettings {
  readonly name: string
  readonly description: string | null
  readonly externalUrl: string
  readonly setupUrl: string | null
  readonly public: boolean
  readonly permissions: Readonly<Record<string, Access>>
  readonly events: readonly string[]
}

export interface RegisteredApp extends AppSettings {
  readonly id: number
  readonly hookId: number
  readonly slug: string
  readonly clientId: string
  readonly owner: Account
  readonly bot: Account
  readonly createdAt: string
  readonly publicKey: KeyObject
  /** PEM, PKCS#1 as GitHub hands it out. */
  readonly privateKey: string
  permissions: Readonly<Record<string, Access>>
  /** What it subscribed to; what of it arrives, `eventsOf` says. */
  events: readonly string[]
}

/** Owns the App that a sandbox starts with; nobody acts as this account. */
export const OWN_APP_OWNER = 'sandbox-owner'

const makeKeys = promisify(generateKeyPair)

/** Registers an App in the place of the one before, whose installations and tokens end with it. */
export async function registerApp(
  world: World,
  owner: Account,
  settings: AppSettings
): Promise<RegisteredApp> {
  const keys = await makeKeys('rsa', { modulusLength: 2048 })
  const { state } = world
  const id = 1_000_000 + Math.floor(Math.random() * 900_000)
  const slug = slugOf(settings.name)
  const app: RegisteredApp = {
    ...settings,
    permissions: { ...settings.permissions, metadata: 'read' },
    ...{ id, slug, owner, hookId: nextRecord(state), bot: makeBot(world, slug) },
    clientId: `Iv23li${String(id).padStart(14, '0')}`,
    createdAt: stamp(world),
    publicKey: keys.publicKey,
    privateKey: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  }
  state.installations.clear()
  for (const [token, { kind }] of state.tokens) {
    if (kind === 'installation') state.tokens.delete(token)
  }
  world.app = app
  return app
}

/** GitHub's slug of a name: small letters, digits, single dashes. '' when nothing is left. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

function makeBot(world: { readonly state: State; readonly now: () => Date }, slug: string) {
  const { state } = world
  state.lastAccount += 1
  const login = `${slug}[bot]`
  const email = `${state.lastAccount}+${login}@users.noreply.github.com`
  const bot: Account = { id: state.lastAccount, login, type: 'Bot', email, createdAt: stamp(world) }
  state.accounts.set(login.toLowerCase(), bot)
  return bot
}

/** FAILED_PRECONDITION while the sandbox has none. */
export function theApp(world: { readonly app: RegisteredApp | null }): RegisteredApp {
  if (world.app !== null) return world.app
  const hint = 'register one on /settings/apps/new'
  throw new AppError(
    'FAILED_PRECONDITION',
    `asking for the sandbox's App: it has none yet; ${hint}`
  )
}

/** What an installation has: what its owner accepted, within what the App still asks for. */
export function grantedTo(
  app: Pick<RegisteredApp, 'permissions'>,
  installation: Installation
): Readonly<Record<string, Access>> {
  return within(installation.permissions, app.permissions)
}

/** The first, cut down to what the second has as well. */
export function within(
  wanted: Readonly<Record<string, Access>>,
  limits: Readonly<Record<string, Access>>
): Record<string, Access> {
  const result: Record<string, Access> = {}
  for (const [name, access] of Object.entries(wanted)) {
    const limit = limits[name]
    if (limit !== undefined) result[name] = limit === 'read' ? 'read' : access
  }
  return result
}
