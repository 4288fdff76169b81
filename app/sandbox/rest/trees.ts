/** Trees. Docs: "REST API endpoints for Git trees". */
import { readTree, resolveCommit, type TreeEntry } from '#app/sandbox/git/read.ts'
import { notFound } from '#app/sandbox/refusal.ts'
import { repositoryApi } from '#app/sandbox/wire/repository.ts'
import { type Answer, ok, type RepositoryCall, type RepositoryRoute } from './route.ts'

const READ = { permission: 'contents', access: 'read', role: 'read' } as const

export const treeRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/git/trees/:tree{.+}', needs: READ, run: getTree }
]

/** The tree is named by its sha, or by a commit, a branch or a tag; any `recursive` goes all the way down. */
async function getTree(call: RepositoryCall): Promise<Answer> {
  const { world, repository, query } = call
  const { git } = world
  const name = call.params.tree ?? ''
  const commit = await resolveCommit(git, repository.folder, name)
  const tree = commit ?? (/^[0-9a-f]{40}$/.test(name) ? name : null)
  if (tree === null) throw notFound()
  const deep = query.has('recursive')
  const entries = await readTree(git, repository.folder, { commit: tree, path: '', deep })
  if (entries === null) throw notFound()
  const url = `${repositoryApi(world, repository)}/git/trees/${tree}`
  return ok({ sha: tree, url, tree: entries.map(one => entryJson(call, one)), truncated: false })
}

function entryJson({ world, repository }: RepositoryCall, entry: TreeEntry) {
  const { name, mode, type, sha, size } = entry
  const url = `${repositoryApi(world, repository)}/git/${type}s/${sha}`
  return { path: name, mode, type, sha, ...(type === 'blob' ? { size } : {}), url }
}
