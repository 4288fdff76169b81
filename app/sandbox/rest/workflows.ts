/** Workflows of GitHub Actions: listed, never run. Docs: "REST API endpoints for workflows". */
import { readBlob, readTree, resolveCommit, type TreeEntry } from '#app/sandbox/git/read.ts'
import { repositoryApi, repositoryPage } from '#app/sandbox/wire/repository.ts'
import { nodeId } from '#app/sandbox/world.ts'
import { type Answer, pagedIn, type RepositoryCall, type RepositoryRoute } from './route.ts'

const READ = { permission: 'actions', access: 'read', role: 'read' } as const
const FOLDER = '.github/workflows'

export const workflowRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/actions/workflows', needs: READ, run: listWorkflows }
]

/** The workflow files of the default branch. */
async function listWorkflows(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const { git } = world
  const commit = await resolveCommit(git, repository.folder, repository.defaultBranch)
  const entries =
    commit === null ? null : await readTree(git, repository.folder, { commit, path: FOLDER })
  const files = (entries ?? []).filter(one => one.type === 'blob' && /\.ya?ml$/.test(one.name))
  return pagedIn(call, 'workflows', files, file => workflowJson(call, file))
}

/** Schema `workflow`. */
async function workflowJson({ world, repository }: RepositoryCall, file: TreeEntry) {
  const text = (await readBlob(world.git, repository.folder, file.sha)).toString('utf8')
  const path = `${FOLDER}/${file.name}`
  const name = /^name:[ \t]*(['"]?)(.+?)\1[ \t]*$/m.exec(text)?.[2] ?? path
  const id = idOf(file.name)
  const page = repositoryPage(world, repository)
  return {
    id,
    node_id: nodeId('W', id),
    name,
    path,
    state: 'active',
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
    url: `${repositoryApi(world, repository)}/actions/workflows/${id}`,
    html_url: `${page}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${page}/workflows/${encodeURIComponent(name)}/badge.svg`
  }
}

/** The same file has the same id for as long as it keeps its name. */
function idOf(name: string): number {
  let id = 0
  for (const character of name) id = (id * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_007
  return id
}
