import type { Refusal } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import type { Person } from '#app/core/event.ts'
import type { Membership, Project } from '#app/core/project.ts'

export type Allowed = {
  readonly allowed: true
  readonly by: 'platform_role' | 'project_role' | 'github_permission'
}

export interface ActorFacts {
  readonly sender: Person
  /** Null when the person is no user of ours. */
  readonly membership: Membership | null
  readonly project: Pick<Project, 'allowGitHubWriters'>
  /** GitHub's permission on the repository; null when it was not asked yet. */
  readonly githubPermission: string | null
}

/** GitHub's permissions that include pushing ("Repository roles for an organization"). */
const WRITERS: readonly string[] = ['write', 'maintain', 'admin']

/**
 * Who may trigger (decisions 8): people only; platform owners and admins, project members who may
 * write, then, where the project says so, whoever may push to the repository. GitHub is asked only
 * when our own tables do not settle it.
 */
export function decideActor(
  facts: ActorFacts
): Allowed | { readonly needs: 'github-permission' } | Refusal {
  const { sender, membership, project, githubPermission } = facts
  if (sender.type !== 'User') {
    return refuse('sender_type_not_permitted', { login: sender.login, type: sender.type })
  }
  if (membership?.platformRole === 'owner' || membership?.platformRole === 'admin') {
    return { allowed: true, by: 'platform_role' }
  }
  if (membership?.projectRole === 'admin' || membership?.projectRole === 'read_write') {
    return { allowed: true, by: 'project_role' }
  }
  if (!project.allowGitHubWriters) return refuse('sender_not_allowed', { login: sender.login })
  if (githubPermission === null) return { needs: 'github-permission' }
  if (WRITERS.includes(githubPermission)) return { allowed: true, by: 'github_permission' }
  return refuse('sender_not_allowed', { login: sender.login, permission: githubPermission })
}
