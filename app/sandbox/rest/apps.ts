/** The App itself, its installations and their tokens. Docs: "REST API endpoints for GitHub Apps". */
import { grantedTo, theApp } from '#app/sandbox/app.ts'
import { issueInstallationToken, suspended } from '#app/sandbox/auth.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import type { Access, Installation, Repository } from '#app/sandbox/state.ts'
import { appJson, installationJson } from '#app/sandbox/wire/account.ts'
import { permissionsJson, repositoryJson } from '#app/sandbox/wire/repository.ts'
import { findRepository, installationOn, repositoryById, timestamp } from '#app/sandbox/world.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { type Answer, type Call, type GlobalRoute, noContent, ok, paged, pagedIn } from './route.ts'

export const appRoutes: readonly GlobalRoute[] = [
  { method: 'GET', path: '/app', caller: 'app', run: getApp },
  { method: 'GET', path: '/app/installations', caller: 'app', run: listInstallations },
  { method: 'GET', path: '/app/installations/:installation', caller: 'app', run: getInstallation },
  {
    method: 'POST',
    path: '/app/installations/:installation/access_tokens',
    caller: 'app',
    run: createToken
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/installation',
    caller: 'app',
    run: repositoryInstallation
  },
  { method: 'GET', path: '/users/:login/installation', caller: 'app', run: accountInstallation },
  { method: 'GET', path: '/orgs/:login/installation', caller: 'app', run: accountInstallation },
  { method: 'DELETE', path: '/installation/token', caller: 'installation', run: revokeToken },
  {
    method: 'GET',
    path: '/installation/repositories',
    caller: 'installation',
    run: listRepositories
  }
]

function getApp(call: Call): Answer {
  const { size } = call.world.state.installations
  return ok({ ...appJson(call.world), installations_count: size })
}

function listInstallations(call: Call): Promise<Answer> {
  const all = [...call.world.state.installations.values()]
  return paged(call, all, one => installationJson(call.world, one))
}

function findInstallation(call: Call): Installation {
  const found = call.world.state.installations.get(Number(call.params.installation))
  if (found === undefined) throw notFound()
  return found
}

function getInstallation(call: Call): Answer {
  return ok(installationJson(call.world, findInstallation(call)))
}

function repositoryInstallation(call: Call): Answer {
  const { owner = '', repo = '' } = call.params
  const repository = findRepository(call.world.state, owner, repo)
  const installation = repository === null ? null : installationOn(call.world.state, repository)
  if (installation === null) throw notFound()
  return ok(installationJson(call.world, installation))
}

function accountInstallation(call: Call): Answer {
  const login = (call.params.login ?? '').toLowerCase()
  for (const installation of call.world.state.installations.values()) {
    if (installation.account.login.toLowerCase() === login) {
      return ok(installationJson(call.world, installation))
    }
  }
  throw notFound()
}

/** 201; narrowed to what the body names. 422 when that is more than the App was given. */
function createToken(call: Call): Answer {
  const { world } = call
  const installation = findInstallation(call)
  if (installation.suspendedAt !== null) throw suspended()
  const fields = fieldsOf(call.body)
  const permissions = readPermissions(grantedTo(theApp(world), installation), fields)
  const repositories = readRepositories(call, fields, installation)
  const scope = {
    installation,
    permissions,
    repositories: repositories === null ? null : new Set(repositories.map(one => one.id))
  }
  const { token, expiresAt } = issueInstallationToken(world, scope)
  const shown = repositories?.map(one => repositoryJson(world, one))
  return {
    status: 201,
    body: {
      token,
      expires_at: timestamp(expiresAt),
      permissions,
      repository_selection: repositories === null ? installation.selection : 'selected',
      ...(shown === undefined ? {} : { repositories: shown })
    }
  }
}

const RANK: Readonly<Record<string, number>> = { read: 1, write: 2 }

function readPermissions(
  held: Readonly<Record<string, Access>>,
  fields: Fields
): Readonly<Record<string, Access>> {
  const asked = fields.object('permissions')
  if (asked === undefined) return held
  const result: Record<string, Access> = { metadata: 'read' }
  for (const name of Object.keys(asked.all())) {
    const access = asked.oneOf(name, ['read', 'write'])
    if (access === undefined) continue
    if ((RANK[held[name] ?? ''] ?? 0) < (RANK[access] ?? 0)) {
      throw new Refusal(422, 'The permissions requested are not granted to this installation.')
    }
    result[name] = access
  }
  return result
}

function readRepositories(
  call: Call,
  fields: Fields,
  installation: Installation
): readonly Repository[] | null {
  const names = fields.texts('repositories')
  const ids = fields.all().repository_ids
  if (names === undefined && ids === undefined) return null
  const { state } = call.world
  const found = [
    ...(names ?? []).map(name => findRepository(state, installation.account.login, name)),
    ...(Array.isArray(ids) ? ids : []).map(id => repositoryById(state, Number(id)))
  ]
  const mine = found.filter(
    (one): one is Repository => one !== null && installation.repositories.has(one.id)
  )
  if (mine.length === found.length && mine.length > 0) return mine
  throw new Refusal(
    422,
    'There is at least one repository that does not exist or is not accessible to the parent installation.'
  )
}

function revokeToken(call: Call): Answer {
  if (call.actor.kind === 'installation') call.world.state.tokens.delete(call.actor.token)
  return noContent()
}

function listRepositories(call: Call): Promise<Answer> {
  const { actor, world } = call
  if (actor.kind !== 'installation') throw notFound()
  const all = [...world.state.repositories.values()].filter(
    one => actor.installation.repositories.has(one.id) && actor.repositories?.has(one.id) !== false
  )
  return pagedIn(call, 'repositories', all, one => ({
    ...repositoryJson(world, one),
    permissions: permissionsJson('read')
  }))
}
