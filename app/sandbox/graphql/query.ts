/** The root of every query: what a caller sees of repositories, itself and its limit. */
import { GraphQLError } from 'graphql'
import { type Actor, canSee, grants, inScope } from '#app/sandbox/actor.ts'
import { findRef } from '#app/sandbox/git/read.ts'
import type { Rate } from '#app/sandbox/rate-limits.ts'
import type { Account, Repository } from '#app/sandbox/state.ts'
import { repositoryPage } from '#app/sandbox/wire/repository.ts'
import { findRepository, nodeId, timestamp, type World } from '#app/sandbox/world.ts'
import { commitObject, objectAt, type Place } from './objects.ts'

interface Caller {
  readonly world: World
  readonly actor: Actor
  readonly rate: Rate
}

/** Values for the fields of `Query`; functions are called with the field's arguments. */
export function rootOf(caller: Caller) {
  const { world, actor, rate } = caller
  return {
    rateLimit: () => ({
      ...{ cost: 1, nodeCount: 0, limit: rate.limit, remaining: rate.remaining, used: rate.used },
      resetAt: timestamp(new Date(rate.reset * 1000))
    }),
    viewer: () => {
      if (actor.kind === 'person' || actor.kind === 'installation') {
        return ownerObject(world, actor.account)
      }
      throw refused()
    },
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) => {
      const repository = findRepository(world.state, owner, name)
      if (repository !== null && canSee(actor, repository))
        return repositoryObject(caller, repository)
      const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`
      throw new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } })
    }
  }
}

/** GitHub's words for a permission that is missing. */
function refused(): GraphQLError {
  const extensions = { type: 'FORBIDDEN', saml_failure: false }
  return new GraphQLError('Resource not accessible by integration', { extensions })
}

function repositoryObject({ world, actor }: Caller, repository: Repository) {
  const place: Place = { world, repository }
  const readsContents = (): void => {
    if (actor.kind !== 'installation' || !inScope(actor, repository)) return
    if (!grants(actor.permissions, 'contents', 'read')) throw refused()
  }
  return {
    __typename: 'Repository',
    id: nodeId('R', repository.id),
    name: repository.name,
    nameWithOwner: repository.fullName,
    isPrivate: repository.private,
    url: repositoryPage(world, repository),
    owner: ownerObject(world, repository.owner),
    defaultBranchRef: () => {
      readsContents()
      return refObject(place)
    },
    object: (asked: { readonly expression?: string | null; readonly oid?: string | null }) => {
      readsContents()
      return objectAt(place, asked)
    }
  }
}

async function refObject(place: Place) {
  const { world, repository } = place
  const name = repository.defaultBranch
  const ref = await findRef(world.git, repository.folder, `refs/heads/${name}`)
  if (ref === null) return null
  const id = nodeId('REF', repository.id)
  return {
    __typename: 'Ref',
    id,
    name,
    prefix: 'refs/heads/',
    target: commitObject(place, ref.sha)
  }
}

function ownerObject(world: World, account: Account) {
  const isOrganization = account.type === 'Organization'
  return {
    __typename: isOrganization ? 'Organization' : 'User',
    id: nodeId(isOrganization ? 'O' : 'U', account.id),
    login: account.login,
    url: `${world.url}/${account.login}`
  }
}
