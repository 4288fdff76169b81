/** Git references, and the objects behind them. Docs: "REST API endpoints for Git references". */
import { findRef, isAncestor, listRefs, type Ref, resolveCommit } from '#app/sandbox/git/read.ts'
import { deleteRef, isValidRef, updateRef } from '#app/sandbox/git/write.ts'
import { inTurn } from '#app/sandbox/git-http.ts'
import { refsChanged } from '#app/sandbox/pushes.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import { repositoryApi } from '#app/sandbox/wire/repository.ts'
import { nodeId } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import {
  type Answer,
  created,
  noContent,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'contents', access: 'read', role: 'read' } as const
const WRITE = { permission: 'contents', access: 'write', role: 'write' } as const

export const refRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/git/ref/:ref{.+}', needs: READ, run: getRef },
  { method: 'GET', path: '/git/matching-refs/:ref{.*}', needs: READ, run: matchingRefs },
  { method: 'POST', path: '/git/refs', needs: WRITE, run: createRef },
  { method: 'PATCH', path: '/git/refs/:ref{.+}', needs: WRITE, run: moveRef },
  { method: 'DELETE', path: '/git/refs/:ref{.+}', needs: WRITE, run: removeRef }
]

/** Schema `git-ref`. */
function refJson(call: RepositoryCall, ref: Ref) {
  const api = repositoryApi(call.world, call.repository)
  return {
    ref: ref.name,
    node_id: nodeId(`REF_${call.repository.id}_${ref.name}`, 0),
    url: `${api}/git/${ref.name}`,
    object: { sha: ref.sha, type: ref.type, url: `${api}/git/${ref.type}s/${ref.sha}` }
  }
}

function nameOf(call: RepositoryCall): string {
  return `refs/${(call.params.ref ?? '').replace(/^refs\//, '')}`
}

async function getRef(call: RepositoryCall): Promise<Answer> {
  const ref = await findRef(call.world.git, call.repository.folder, nameOf(call))
  if (ref === null) throw notFound()
  return ok(refJson(call, ref))
}

async function matchingRefs(call: RepositoryCall): Promise<Answer> {
  const refs = await listRefs(call.world.git, call.repository.folder, nameOf(call))
  return paged(call, refs, ref => refJson(call, ref))
}

/** A full sha of a commit here, else 422. */
async function commitOf(call: RepositoryCall, sha: string): Promise<string> {
  const { git } = call.world
  const found = /^[0-9a-f]{40}$/.test(sha)
    ? await resolveCommit(git, call.repository.folder, sha)
    : null
  if (found !== sha) throw new Refusal(422, 'Object does not exist')
  return sha
}

function createRef(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  return inTurn(repository, async () => {
    const fields = fieldsOf(call.body)
    const name = fields.requiredText('ref')
    const sha = fields.requiredText('sha')
    if (!/^refs\/[^/]+\/./.test(name) || !(await isValidRef(world.git, repository.folder, name))) {
      throw new Refusal(422, `${name} is not a valid ref name`)
    }
    const to = await commitOf(call, sha)
    if ((await findRef(world.git, repository.folder, name)) !== null) {
      throw new Refusal(422, 'Reference already exists')
    }
    if (!(await updateRef(world.git, repository.folder, { name, to, from: '' }))) {
      throw new Refusal(422, 'Reference cannot be created')
    }
    await refsChanged(sceneOf(call), [{ name, before: null, after: to }])
    const json = refJson(call, { name, sha: to, type: 'commit' })
    return created(json, json.url)
  })
}

function moveRef(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  return inTurn(repository, async () => {
    const fields = fieldsOf(call.body)
    const name = nameOf(call)
    const to = await commitOf(call, fields.requiredText('sha'))
    const ref = await findRef(world.git, repository.folder, name)
    if (ref === null) throw new Refusal(422, 'Reference does not exist')
    const forward = await isAncestor(world.git, repository.folder, ref.sha, to)
    if (!forward && fields.flag('force') !== true) {
      throw new Refusal(422, 'Update is not a fast forward')
    }
    if (ref.sha !== to) {
      await updateRef(world.git, repository.folder, { name, to, from: ref.sha })
      await refsChanged(sceneOf(call), [{ name, before: ref.sha, after: to }])
    }
    return ok(refJson(call, { name, sha: to, type: 'commit' }))
  })
}

function removeRef(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  return inTurn(repository, async () => {
    const name = nameOf(call)
    const ref = await findRef(world.git, repository.folder, name)
    if (ref === null) throw new Refusal(422, 'Reference does not exist')
    if (name === `refs/heads/${repository.defaultBranch}`) {
      throw new Refusal(422, 'Cannot delete the default branch')
    }
    await deleteRef(world.git, repository.folder, name)
    await refsChanged(sceneOf(call), [{ name, before: ref.sha, after: null }])
    return noContent()
  })
}
