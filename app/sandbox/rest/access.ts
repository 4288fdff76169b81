/** Lets a caller through to a repository operation, or says no as GitHub does. */
import { type Actor, canSee, grants, inScope, isAtLeast, roleOf } from '#app/sandbox/actor.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import type { Repository, Role } from '#app/sandbox/state.ts'
import { findRepository, type World } from '#app/sandbox/world.ts'
import type { GlobalRoute, Needs } from './route.ts'

/** The repository and the caller's role there. Throws 401, 403 or 404. */
export function enter(
  world: World,
  actor: Actor,
  at: { readonly params: Readonly<Record<string, string>>; readonly needs: Needs }
): { readonly repository: Repository; readonly role: Role | null } {
  const { params, needs } = at
  const repository = findRepository(world.state, params.owner ?? '', params.repo ?? '')
  if (repository === null || !canSee(actor, repository)) throw notFound()
  const reads = needs.access === 'read'
  if (actor.kind === 'app') throw new Refusal(403, 'Resource not accessible by integration')
  if (actor.kind === 'anonymous') {
    if (reads && needs.role === 'read') return { repository, role: 'read' }
    throw new Refusal(401, 'Requires authentication')
  }
  if (actor.kind === 'person') {
    const role = roleOf(repository, actor.account)
    if (!isAtLeast(role, needs.role))
      throw new Refusal(403, 'Must have admin rights to Repository.')
    return { repository, role }
  }
  if (!inScope(actor, repository)) {
    if (reads) return { repository, role: 'read' }
    throw notFound()
  }
  const permissions = permissionsThatDo(repository, params, needs)
  const allowed = permissions.some(one => grants(actor.permissions, one, needs.access))
  if (!allowed) throw notAccessible(permissions, needs)
  return { repository, role: 'write' }
}

/** Docs: "Troubleshooting the REST API", resource not accessible: the header names what would do. */
function notAccessible(permissions: readonly string[], { access }: Needs): Refusal {
  const accepted = permissions.map(permission => `${permission}=${access}`).join('; ')
  const headers = { 'x-accepted-github-permissions': accepted }
  return new Refusal(403, 'Resource not accessible by integration', { headers })
}

/** Operations on issues serve pull requests too; there either permission will do. */
function permissionsThatDo(
  repository: Repository,
  params: Readonly<Record<string, string>>,
  needs: Needs
): readonly string[] {
  if (needs.permission !== 'issues|pull_requests') return [needs.permission]
  const comment = repository.comments.find(one => String(one.id) === params.comment)
  const number = params.comment === undefined ? params.number : String(comment?.issue)
  const issue = repository.issues.find(one => String(one.number) === number)
  return issue === undefined || issue.pull !== null ? ['issues', 'pull_requests'] : ['issues']
}

/** Throws 401 or 403 unless the caller is of the kind that the operation is for. */
export function admit(actor: Actor, caller: GlobalRoute['caller']): void {
  if (caller === 'any') return
  if (caller === 'app') {
    if (actor.kind !== 'app') throw new Refusal(401, 'A JSON web token could not be decoded')
    return
  }
  if (actor.kind === 'anonymous') throw new Refusal(401, 'Requires authentication')
  const fits = caller === 'installation' ? 'installation' : 'person'
  if (actor.kind !== fits) throw new Refusal(403, 'Resource not accessible by integration')
}
