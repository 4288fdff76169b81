/** What a test or a demo may change about the App, as its owner and the accounts that have it do. */
import { AppError } from '#app/core/errors.ts'
import { type AppSettings, OWN_APP_OWNER, registerApp, theApp } from './app.ts'
import { accountNamed, ensureAccount, repositoryNamed } from './control.ts'
import type { WebhookTarget } from './hook-post.ts'
import {
  acceptPermissions,
  install,
  installationOf,
  suspend,
  uninstall,
  unsuspend
} from './installations.ts'
import type { Access, Account, Installation } from './state.ts'
import type { World } from './world.ts'

export interface AppControls {
  setWebhook(webhook: WebhookTarget | null): void
  /**
   * The App's permissions; `metadata: read` is always among them. Tokens made before lose what is
   * gone. With `accepted: false` nobody has accepted what is new; `acceptPermissions` does.
   */
  setPermissions(
    permissions: Readonly<Record<string, Access>>,
    options?: { readonly accepted?: boolean }
  ): void
  /** What the App subscribes to; events that it has no permission for do not come all the same. */
  setEvents(events: readonly string[]): void
  /** Installs the App on an account, or changes its repositories; resolves to the installation's id. */
  install(account: string, repositories: 'all' | readonly string[]): number
  uninstall(account: string): void
  suspend(account: string): void
  unsuspend(account: string): void
  acceptPermissions(account: string): void
}

export function createAppControls(world: World): AppControls {
  const { state, webhooks } = world
  const at = (login: string, act: (installation: Installation, by: Account) => void): void => {
    const account = accountNamed(world, login)
    const installation = installationOf(world, account)
    if (installation === null) {
      throw new AppError('NOT_FOUND', `looking for the App on ${login}: it is not installed there`)
    }
    act(installation, account)
  }
  return {
    setWebhook(webhook) {
      webhooks.target = webhook
    },
    setPermissions(permissions, { accepted = true } = {}) {
      const app = theApp(world)
      app.permissions = { ...permissions, metadata: 'read' }
      if (!accepted) return
      for (const one of state.installations.values()) one.permissions = app.permissions
    },
    setEvents(events) {
      theApp(world).events = [...events]
    },
    install(login, names) {
      const account = ensureAccount(world, login)
      const repositories =
        names === 'all' ? names : names.map(name => repositoryNamed(world, `${login}/${name}`))
      return install(world, account, { repositories, by: account }).id
    },
    uninstall: login => at(login, (one, by) => uninstall(world, one, by)),
    suspend: login => at(login, (one, by) => suspend(world, one, by)),
    unsuspend: login => at(login, (one, by) => unsuspend(world, one, by)),
    acceptPermissions: login => at(login, (one, by) => acceptPermissions(world, one, by))
  }
}

/** The App that a sandbox has unless it is told to start without one. */
export async function registerOwnApp(world: World): Promise<void> {
  const settings: AppSettings = {
    name: 'stagewright-sandbox',
    description: 'The App that the sandbox installs on its repositories.',
    externalUrl: world.url,
    setupUrl: null,
    public: true,
    permissions: {
      metadata: 'read',
      issues: 'write',
      pull_requests: 'write',
      contents: 'write',
      checks: 'write'
    },
    events: [
      'check_run',
      'issue_comment',
      'issues',
      'label',
      'pull_request',
      'pull_request_review',
      'pull_request_review_comment',
      'push'
    ]
  }
  await registerApp(world, ensureAccount(world, OWN_APP_OWNER), settings)
}
