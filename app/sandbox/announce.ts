/** Tells the App what happened. Docs: "Webhook events and payloads". */

import { userJson } from '#app/sandbox/wire/account.ts'
import { checkRunEventJson } from '#app/sandbox/wire/check.ts'
import { issueJson } from '#app/sandbox/wire/issue.ts'
import { pullJson } from '#app/sandbox/wire/pull.ts'
import { repositoryJson } from '#app/sandbox/wire/repository.ts'
import { publish } from './events.ts'
import type { Account, CheckRun, Issue, Repository } from './state.ts'
import { installationOn, nodeId, type World } from './world.ts'

/** Where it happened, and who did it. */
export interface Scene {
  readonly world: World
  readonly repository: Repository
  readonly by: Account
}

/** Queues an event with what every payload carries: repository, sender, installation. */
export function announce(scene: Scene, event: string, payload: Record<string, unknown>): void {
  const { world, repository, by } = scene
  const installation = installationOn(world.state, repository)
  if (installation === null) return
  const { id } = installation
  const whole = {
    ...payload,
    repository: repositoryJson(world, repository),
    sender: userJson(world, by),
    installation: { id, node_id: nodeId('MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u', id) }
  }
  publish(world, installation, { event, payload: whole })
}

/** `issues` for an issue, `pull_request` for a pull request. */
export async function announceIssue(
  scene: Scene,
  issue: Issue,
  action: string,
  extra: Record<string, unknown> = {}
): Promise<void> {
  const { world, repository } = scene
  if (issue.pull === null) {
    announce(scene, 'issues', { action, issue: issueJson(world, repository, issue), ...extra })
    return
  }
  const pull = await pullJson(world, repository, issue, issue.pull)
  announce(scene, 'pull_request', { action, number: issue.number, pull_request: pull, ...extra })
}

export function announceCheckRun(
  scene: Scene,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  extra: Record<string, unknown> = {}
): void {
  const { world, repository } = scene
  announce(scene, 'check_run', {
    action,
    check_run: checkRunEventJson(world, repository, run),
    ...extra
  })
}
