/** Who calls, and what that one may do. */
import { theApp } from './app.ts'
import type { Access, Account, Installation, Repository, Role } from './state.ts'
import { ROLES } from './state.ts'
import type { World } from './world.ts'

export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'person'; readonly account: Account }
  | { readonly kind: 'app' }
  | {
      readonly kind: 'installation'
      readonly account: Account
      readonly installation: Installation
      readonly permissions: Readonly<Record<string, Access>>
      readonly repositories: ReadonlySet<number> | null
      readonly token: string
    }

/** The role of a person on a repository; null when he may not even see it. */
export function roleOf(repository: Repository, account: Account): Role | null {
  if (repository.owner.id === account.id) return 'admin'
  return repository.collaborators.get(account.id) ?? (repository.private ? null : 'read')
}

export function isAtLeast(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

export function grants(
  permissions: Readonly<Record<string, Access>>,
  permission: string,
  access: Access
): boolean {
  const held = permissions[permission]
  return held === 'write' || (held === 'read' && access === 'read')
}

/** True when the repository exists for this caller; what he cannot see is "Not Found". */
export function canSee(actor: Actor, repository: Repository): boolean {
  if (actor.kind === 'installation') {
    if (!actor.installation.repositories.has(repository.id)) return !repository.private
    if (actor.repositories?.has(repository.id) === false) return !repository.private
    return true
  }
  if (actor.kind === 'person') return roleOf(repository, actor.account) !== null
  return !repository.private
}

/** True when an installation token was made for this repository. */
export function inScope(actor: Actor, repository: Repository): boolean {
  if (actor.kind !== 'installation') return false
  return (
    actor.installation.repositories.has(repository.id) &&
    actor.repositories?.has(repository.id) !== false
  )
}

/** The name the request log knows the caller by. */
export function actorName(world: World, actor: Actor): string {
  if (actor.kind === 'anonymous') return 'anonymous'
  return actor.kind === 'app' ? theApp(world).slug : actor.account.login
}
