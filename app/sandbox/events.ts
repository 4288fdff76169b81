/** Which events an App may have, and which of them it is sent. */
import { grants } from './actor.ts'
import { grantedTo, type RegisteredApp } from './app.ts'
import type { Access, Installation } from './state.ts'
import type { World } from './world.ts'

/**
 * The permission that an App needs to subscribe, to read at least. Docs: "Webhook events and
 * payloads", the note on each event.
 */
const NEEDED: Readonly<Record<string, string>> = {
  check_run: 'checks',
  check_suite: 'checks',
  commit_comment: 'contents',
  create: 'contents',
  delete: 'contents',
  deployment: 'deployments',
  deployment_status: 'deployments',
  fork: 'contents',
  issue_comment: 'issues',
  issues: 'issues',
  label: 'metadata',
  milestone: 'issues',
  public: 'metadata',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  pull_request_review_comment: 'pull_requests',
  pull_request_review_thread: 'pull_requests',
  push: 'contents',
  release: 'contents',
  repository: 'metadata',
  repository_dispatch: 'contents',
  star: 'metadata',
  status: 'statuses',
  sub_issues: 'issues',
  watch: 'metadata',
  workflow_dispatch: 'contents',
  workflow_job: 'actions',
  workflow_run: 'actions'
}

/** What an App can subscribe to, by name. */
export const KNOWN_EVENTS: readonly string[] = Object.keys(NEEDED)

/** Sent to every App, subscribed or not; the same pages say so. */
const ALWAYS = new Set(['installation', 'installation_repositories', 'ping'])

/** True for an event that an App can subscribe to. */
export function isKnownEvent(event: string): boolean {
  return event in NEEDED
}

/** Of these events, the ones that these permissions are enough for. */
export function supportedEvents(
  events: readonly string[],
  permissions: Readonly<Record<string, Access>>
): readonly string[] {
  return events.filter(event => grants(permissions, NEEDED[event] ?? '', 'read'))
}

/** The App's events: GitHub unsubscribes it from those that it lost the permission for. */
export function eventsOf(app: Pick<RegisteredApp, 'events' | 'permissions'>): readonly string[] {
  return supportedEvents(app.events, app.permissions)
}

/** Queues an event for the App, unless the App, this installation of it, or its owner says no. */
export function publish(
  world: World,
  installation: Installation,
  sent: { readonly event: string; readonly payload: Readonly<Record<string, unknown>> }
): void {
  const { event, payload } = sent
  if (world.app === null) return
  if (ALWAYS.has(event) || receives(world.app, installation, sent)) {
    world.webhooks.enqueue(event, payload)
  }
}

function receives(
  app: RegisteredApp,
  installation: Installation,
  {
    event,
    payload
  }: { readonly event: string; readonly payload: Readonly<Record<string, unknown>> }
): boolean {
  if (installation.suspendedAt !== null) return false
  const granted = grantedTo(app, installation)
  if (!supportedEvents(eventsOf(app), granted).includes(event)) return false
  // Docs: check_run: these two actions need write access to checks.
  const needsWrite = payload.action === 'rerequested' || payload.action === 'requested_action'
  return event !== 'check_run' || !needsWrite || grants(granted, 'checks', 'write')
}
