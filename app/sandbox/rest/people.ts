/** Users, the repository itself, its collaborators, the rate limit, and where GitHub calls from. */
import { isAtLeast, roleOf } from '#app/sandbox/actor.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import type { Account, Role } from '#app/sandbox/state.ts'
import { publicUserJson, userJson } from '#app/sandbox/wire/account.ts'
import { fullRepositoryJson, permissionsJson } from '#app/sandbox/wire/repository.ts'
import { findAccount } from '#app/sandbox/world.ts'
import {
  type Answer,
  accountOf,
  type Call,
  type GlobalRoute,
  noContent,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

export const peopleRoutes: readonly GlobalRoute[] = [
  { method: 'GET', path: '/user', caller: 'signed-in', run: getMyself },
  { method: 'GET', path: '/users/:login', caller: 'any', run: getUser },
  { method: 'GET', path: '/meta', caller: 'any', run: getMeta },
  { method: 'GET', path: '/rate_limit', caller: 'any', run: getRateLimit }
]

const METADATA = { permission: 'metadata', access: 'read', role: 'read' } as const
const PEOPLE = { permission: 'metadata', access: 'read', role: 'write' } as const

export const repositoryRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '', needs: METADATA, run: getRepository },
  { method: 'GET', path: '/collaborators', needs: PEOPLE, run: listCollaborators },
  { method: 'GET', path: '/collaborators/:login', needs: PEOPLE, run: checkCollaborator },
  {
    method: 'GET',
    path: '/collaborators/:login/permission',
    needs: METADATA,
    run: getPermission
  }
]

function getMyself(call: Call): Answer {
  return ok(publicUserJson(call.world, accountOf(call.actor)))
}

function getUser(call: Call): Answer {
  const account = findAccount(call.world.state, call.params.login ?? '')
  if (account === null) throw notFound()
  return ok(publicUserJson(call.world, account))
}

/** Everything of this GitHub comes from and goes to this machine. */
function getMeta(): Answer {
  const here = ['127.0.0.1/32']
  const addresses = { hooks: here, web: here, api: here, git: here }
  return ok({ verifiable_password_authentication: false, ...addresses })
}

/** Asking costs nothing. What the sandbox does not limit is shown unused, with GitHub's numbers. */
function getRateLimit(call: Call): Answer {
  const { rate } = call
  const unused = (limit: number) => ({ limit, used: 0, remaining: limit, reset: rate.reset })
  const resources = { core: rate, search: unused(30), graphql: unused(5000) }
  return ok({ resources, rate })
}

function getRepository(call: RepositoryCall): Answer {
  return ok(fullRepositoryJson(call.world, call.repository, call.role))
}

function collaborators(call: RepositoryCall): readonly Account[] {
  const { repository, world } = call
  const others = [...world.state.accounts.values()].filter(one =>
    repository.collaborators.has(one.id)
  )
  return [repository.owner, ...others.filter(one => one.id !== repository.owner.id)]
}

function listCollaborators(call: RepositoryCall): Promise<Answer> {
  return paged(call, collaborators(call), account => {
    const role = roleOf(call.repository, account)
    return {
      ...userJson(call.world, account),
      permissions: permissionsJson(role),
      role_name: role ?? 'none'
    }
  })
}

function checkCollaborator(call: RepositoryCall): Answer {
  const login = (call.params.login ?? '').toLowerCase()
  if (!collaborators(call).some(one => one.login.toLowerCase() === login)) throw notFound()
  return noContent()
}

/** Docs: maintain is told as write here, and triage as read; `role_name` has the truth. */
const LEGACY: Readonly<Record<Role, string>> = {
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin'
}

function getPermission(call: RepositoryCall): Answer {
  const login = call.params.login ?? ''
  const account = findAccount(call.world.state, login)
  if (account === null) throw new Refusal(404, `${login} is not a user`)
  const self = call.actor.kind === 'person' && call.actor.account.id === account.id
  if (call.actor.kind === 'person' && !self && !isAtLeast(call.role, 'write')) {
    throw new Refusal(403, 'Must have push access to view collaborator permission.')
  }
  const role = account.type === 'Bot' ? null : roleOf(call.repository, account)
  return ok({
    permission: role === null ? 'none' : LEGACY[role],
    user: {
      ...userJson(call.world, account),
      permissions: permissionsJson(role),
      role_name: role ?? 'none'
    },
    role_name: role ?? 'none'
  })
}
