/** Putting the App on accounts and repositories, as people do on GitHub's pages. */
import { AppError } from '#app/core/errors.ts'
import { installationJson, userJson } from '#app/sandbox/wire/account.ts'
import { identityJson } from '#app/sandbox/wire/repository.ts'
import { theApp } from './app.ts'
import { publish } from './events.ts'
import type { Account, Installation, Repository } from './state.ts'
import { nextRecord, stamp, type World } from './world.ts'

export function installationOf(world: World, account: Account): Installation | null {
  for (const installation of world.state.installations.values()) {
    if (installation.account.id === account.id) return installation
  }
  return null
}

/** Repositories of one account, or all that it has and will have. */
export type Chosen = 'all' | readonly Repository[]

/**
 * Installs the App on an account, or changes what an installation has there; the App hears of it.
 * FAILED_PRECONDITION without an App; INVALID_ARGUMENT for no repositories or another's.
 */
export function install(
  world: World,
  account: Account,
  given: { readonly repositories: Chosen; readonly by: Account }
): Installation {
  const { repositories, by } = given
  const owned = [...world.state.repositories.values()].filter(one => one.owner.id === account.id)
  const wanted = repositories === 'all' ? owned : repositories
  if (repositories !== 'all' && !(wanted.length > 0 && wanted.every(one => owned.includes(one)))) {
    const message = `installing the App on ${account.login}: choose repositories of that account`
    throw new AppError('INVALID_ARGUMENT', message)
  }
  const before = installationOf(world, account)
  if (before !== null) return change(world, before, { wanted, by, all: repositories === 'all' })
  const installation: Installation = {
    id: nextRecord(world.state),
    account,
    selection: repositories === 'all' ? 'all' : 'selected',
    repositories: new Set(wanted.map(one => one.id)),
    permissions: theApp(world).permissions,
    createdAt: stamp(world),
    updatedAt: stamp(world),
    suspendedAt: null,
    suspendedBy: null
  }
  world.state.installations.set(installation.id, installation)
  tell(world, installation, { action: 'created', by, repositories: wanted })
  return installation
}

function change(
  world: World,
  installation: Installation,
  to: { readonly wanted: readonly Repository[]; readonly by: Account; readonly all: boolean }
): Installation {
  const { wanted, by, all } = to
  const had = installation.repositories
  const ids = new Set(wanted.map(one => one.id))
  const added = wanted.filter(one => !had.has(one.id))
  const removed = [...world.state.repositories.values()].filter(
    one => had.has(one.id) && !ids.has(one.id)
  )
  installation.selection = all ? 'all' : 'selected'
  installation.updatedAt = stamp(world)
  for (const one of removed) had.delete(one.id)
  for (const one of added) had.add(one.id)
  if (added.length > 0) tellRepositories(world, installation, { by, added, removed: [] })
  if (removed.length > 0) tellRepositories(world, installation, { by, added: [], removed })
  return installation
}

/** The App is gone from the account, and its tokens for it with it. */
export function uninstall(world: World, installation: Installation, by: Account): void {
  const { state } = world
  const had = [...state.repositories.values()].filter(one => installation.repositories.has(one.id))
  tell(world, installation, { action: 'deleted', by, repositories: had })
  state.installations.delete(installation.id)
  for (const [token, kept] of state.tokens) {
    if (kept.kind === 'installation' && kept.installation === installation) {
      state.tokens.delete(token)
    }
  }
}

/** Suspended: no API, no webhooks but those of the installation itself. */
export function suspend(world: World, installation: Installation, by: Account): void {
  installation.suspendedAt = stamp(world)
  installation.suspendedBy = by
  tell(world, installation, { action: 'suspend', by })
}

export function unsuspend(world: World, installation: Installation, by: Account): void {
  installation.suspendedAt = null
  installation.suspendedBy = null
  tell(world, installation, { action: 'unsuspend', by })
}

/** The owner takes what the App asks for by now. */
export function acceptPermissions(world: World, installation: Installation, by: Account): void {
  installation.permissions = theApp(world).permissions
  installation.updatedAt = stamp(world)
  tell(world, installation, { action: 'new_permissions_accepted', by })
}

function tell(
  world: World,
  installation: Installation,
  what: {
    readonly action: string
    readonly by: Account
    readonly repositories?: readonly Repository[]
  }
): void {
  const { action, by, repositories } = what
  const shown = repositories?.map(one => identityJson(world, one))
  const payload = {
    action,
    installation: installationJson(world, installation),
    ...(action === 'created' ? { requester: null } : {}),
    sender: userJson(world, by),
    ...(shown === undefined ? {} : { repositories: shown })
  }
  publish(world, installation, { event: 'installation', payload })
}

function tellRepositories(
  world: World,
  installation: Installation,
  what: {
    readonly by: Account
    readonly added: readonly Repository[]
    readonly removed: readonly Repository[]
  }
): void {
  const { by, added, removed } = what
  const payload = {
    action: added.length > 0 ? 'added' : 'removed',
    installation: installationJson(world, installation),
    requester: null,
    sender: userJson(world, by),
    repository_selection: installation.selection,
    repositories_added: added.map(one => identityJson(world, one)),
    repositories_removed: removed.map(one => identityJson(world, one))
  }
  publish(world, installation, { event: 'installation_repositories', payload })
}
