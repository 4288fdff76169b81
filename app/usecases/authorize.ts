import type { Refusal } from '#app/core/decision.ts'
import type { Person } from '#app/core/event.ts'
import { decideActor } from '#app/core/policy/actor.ts'
import type { Repository } from '#app/core/project.ts'
import type { World } from './world.ts'

/** Whether this person may trigger here (decisions 8); GitHub is asked only when our own tables do not settle it. */
export async function authorize(
  world: Pick<World, 'store' | 'github'>,
  repository: Repository,
  sender: Person
): Promise<Refusal | { readonly allowed: true; readonly by: string }> {
  const { project, membership } = await world.store.transaction(async ({ projects }) => ({
    project: await projects.project(repository.projectId),
    membership: await projects.membership(repository.projectId, sender)
  }))
  const first = decideActor({ sender, membership, project, githubPermission: null })
  if (!('needs' in first)) return first
  const githubPermission = await world.github.permission(repository, sender.login)
  const second = decideActor({ sender, membership, project, githubPermission })
  if ('needs' in second)
    return { kind: 'refuse', reason: 'sender_not_allowed', params: { login: sender.login } }
  return second
}
