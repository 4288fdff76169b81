import { type Finding, fail, ok, skipped, warn } from './finding.ts'

export type Permissions = Readonly<Record<string, string>>

/** What the App is on GitHub (`GET /app`). */
export interface AppFacts {
  readonly slug: string
  readonly owner: { readonly login: string; readonly isOrganization: boolean }
  readonly permissions: Permissions
  readonly events: readonly string[]
}

/** One account that installed the App (`GET /app/installations`). */
export interface InstallationFacts {
  readonly id: number
  readonly account: string
  readonly url: string
  readonly suspended: boolean
  readonly permissions: Permissions
}

/** What the code needs of the App: `app.yml` is the record of it. */
export interface AppNeeds {
  readonly permissions: Permissions
  readonly events: readonly string[]
}

/** An App without the permission cannot subscribe to the event (GitHub docs: "Webhook events and payloads"). */
const EVENT_NEEDS: Readonly<Record<string, string>> = {
  issues: 'issues',
  issue_comment: 'issues',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  check_run: 'checks'
}

const RANK: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 }

/** Whether what is granted covers what is needed: `write` includes `read`. */
function covers(granted: string | undefined, needed: string): boolean {
  return (RANK[granted ?? ''] ?? 0) >= (RANK[needed] ?? 0)
}

/** Where the App's owner changes it; GitHub has another address for an organisation's Apps. */
export function settingsPage(webUrl: string, app: AppFacts, page = ''): string {
  const of = app.owner.isOrganization ? `/organizations/${app.owner.login}` : ''
  return `${webUrl}${of}/settings/apps/${app.slug}${page}`
}

/** Each missing permission and event by name, with the page where it is given. */
export function appFindings(app: AppFacts, needs: AppNeeds, webUrl: string): readonly Finding[] {
  const url = settingsPage(webUrl, app, '/permissions')
  const permissions = Object.entries(needs.permissions).map(([name, needed]) => {
    const check = `permission.${name}`
    const granted = app.permissions[name]
    if (covers(granted, needed)) return ok(check, granted ?? needed)
    const what = granted === undefined ? 'is not granted' : `is ${granted}, and must be ${needed}`
    return fail(check, what, `give the App "${words(name)}: ${needed}"`, url)
  })
  const events = needs.events.map(event => {
    const check = `event.${event}`
    if (app.events.includes(event)) return ok(check, 'subscribed')
    const permission = EVENT_NEEDS[event]
    if (permission !== undefined && app.permissions[permission] === undefined)
      return skipped(check, `can be ticked once the App has the permission ${permission}`)
    return fail(
      check,
      'is not subscribed',
      `tick "${words(event)}" under "Subscribe to events"`,
      url
    )
  })
  return [...permissions, ...events]
}

/**
 * An installation keeps the permissions it was made with until its owner accepts the App's new ones
 * (GitHub docs: "Reviewing and modifying installed GitHub Apps").
 */
export function installationFindings(
  installations: readonly InstallationFacts[],
  input: { readonly app: AppFacts; readonly needs: AppNeeds; readonly webUrl: string }
): readonly Finding[] {
  const { app, needs, webUrl } = input
  if (installations.length === 0) {
    const url = `${webUrl}/apps/${app.slug}/installations/new`
    return [
      fail('installations', 'none', 'install the App on the repositories it is to work on', url)
    ]
  }
  return installations.flatMap(one => {
    const check = `installation.${one.account}`
    if (one.suspended) {
      return [fail(check, 'is suspended', 'its owner can unsuspend it on this page', one.url)]
    }
    const missing = Object.entries(needs.permissions)
      // What the App itself lacks has a line of its own.
      .filter(([name, needed]) => covers(app.permissions[name], needed))
      .filter(([name, needed]) => !covers(one.permissions[name], needed))
      .map(([name, needed]) => `${name}: ${needed}`)
    if (missing.length === 0) return [ok(check, 'permissions accepted')]
    const what = `has not accepted ${missing.join(', ')}`
    return [fail(check, what, 'its owner accepts the new permissions on this page', one.url)]
  })
}

export function repositoriesFinding(
  installation: Pick<InstallationFacts, 'account' | 'url'>,
  names: readonly string[]
): Finding {
  const check = `repositories.${installation.account}`
  if (names.length > 0) {
    const shown = names.slice(0, 5).join(', ')
    return ok(check, names.length > 5 ? `${shown} and ${names.length - 5} more` : shown)
  }
  const fix = 'choose the repositories it is to work on'
  return fail(check, 'the App sees no repository', fix, installation.url)
}

/** Labels that people put on to start work; without them in a repository they cannot be chosen. */
export function labelsFinding(
  repository: { readonly fullName: string; readonly url: string },
  labels: readonly string[],
  wanted: readonly string[]
): Finding {
  const check = `labels.${repository.fullName}`
  const have = new Set(labels.map(label => label.trim().toLowerCase()))
  const missing = wanted.filter(label => !have.has(label.trim().toLowerCase()))
  if (missing.length === 0) return ok(check, 'all there')
  const what = `not there: ${missing.join(', ')}`
  return warn(
    check,
    what,
    'create them; `/run dev` in a comment works without',
    `${repository.url}/labels`
  )
}

function words(name: string): string {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
