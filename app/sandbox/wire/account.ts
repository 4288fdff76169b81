/** Accounts and the App, in the shape of GitHub's REST schemas. */
import { roleOf } from '#app/sandbox/actor.ts'
import { grantedTo, type RegisteredApp, theApp } from '#app/sandbox/app.ts'
import { eventsOf, supportedEvents } from '#app/sandbox/events.ts'
import type { Account, Installation, Repository } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'

/** Schema `simple-user`. The App acts as a Bot whose login is `<slug>[bot]`. */
export function userJson(world: World, account: Account) {
  const url = `${world.apiUrl}/users/${encodeURIComponent(account.login)}`
  const html =
    account.type === 'Bot' ? `apps/${account.login.replace(/\[bot\]$/, '')}` : account.login
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === 'Bot' ? 'BOT' : 'U', account.id),
    avatar_url: `${world.url}/_sandbox/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${html}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false
  }
}

/** Schema `public-user`. */
export function publicUserJson(world: World, account: Account) {
  const owned = [...world.state.repositories.values()].filter(r => r.owner.id === account.id)
  return {
    ...userJson(world, account),
    name: account.login,
    company: null,
    blog: '',
    location: null,
    email: account.type === 'Bot' ? null : account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: owned.filter(repository => !repository.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt
  }
}

/** Schema `integration`; of the world's App when none is named. */
export function appJson(world: World, app: RegisteredApp = theApp(world)) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: userJson(world, app.owner),
    name: app.name,
    description: app.description,
    external_url: app.externalUrl,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: eventsOf(app)
  }
}

/** The App when something was done with its token, else null. */
export function viaAppJson(world: World, viaApp: boolean) {
  return viaApp ? appJson(world) : null
}

/** Schema `installation`. */
export function installationJson(world: World, installation: Installation) {
  const app = theApp(world)
  const permissions = grantedTo(app, installation)
  const { id, suspendedBy } = installation
  return {
    id,
    client_id: app.clientId,
    account: userJson(world, installation.account),
    repository_selection: installation.selection,
    access_tokens_url: `${world.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.apiUrl}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions,
    events: supportedEvents(eventsOf(app), permissions),
    created_at: installation.createdAt,
    updated_at: installation.updatedAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspendedBy === null ? null : userJson(world, suspendedBy),
    suspended_at: installation.suspendedAt
  }
}

/** How GitHub names the tie between an author and a repository. */
export function associationOf(
  repository: Repository,
  account: Account
): 'OWNER' | 'COLLABORATOR' | 'NONE' {
  if (account.id === repository.owner.id) return 'OWNER'
  const explicit = repository.collaborators.has(account.id)
  return explicit && roleOf(repository, account) !== null ? 'COLLABORATOR' : 'NONE'
}
