/** Commits and changed files, in the shape of GitHub's REST schemas. */
import type { FileChange } from '#app/sandbox/git/diff.ts'
import type { Commit, Signature } from '#app/sandbox/git/read.ts'
import type { Account, Repository } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'
import { userJson } from './account.ts'
import { repositoryApi, repositoryPage } from './repository.ts'

/** The account that a commit's address belongs to; null for an address nobody registered. */
function accountByEmail(world: World, email: string): Account | null {
  for (const account of world.state.accounts.values()) {
    if (account.email.toLowerCase() === email.toLowerCase()) return account
  }
  return null
}

function authorJson(world: World, signature: Signature) {
  const account = accountByEmail(world, signature.email)
  return account === null ? null : userJson(world, account)
}

const UNSIGNED = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null
}

/** Schema `commit`, without stats and files. */
export function commitJson(world: World, repository: Repository, commit: Commit) {
  const api = repositoryApi(world, repository)
  const page = repositoryPage(world, repository)
  return {
    sha: commit.sha,
    node_id: nodeId(`C_${repository.id}_${commit.sha}`, 0),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: UNSIGNED
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: authorJson(world, commit.author),
    committer: authorJson(world, commit.committer),
    parents: commit.parents.map(sha => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${page}/commit/${sha}`
    }))
  }
}

/** Schema `git-commit`: the commit object itself. */
export function gitCommitJson(world: World, repository: Repository, commit: Commit) {
  const api = repositoryApi(world, repository)
  const page = repositoryPage(world, repository)
  return {
    sha: commit.sha,
    node_id: nodeId(`C_${repository.id}_${commit.sha}`, 0),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    parents: commit.parents.map(sha => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${page}/commit/${sha}`
    })),
    verification: UNSIGNED
  }
}

/** Schema `diff-entry`. */
export function fileJson(world: World, repository: Repository, file: FileChange, commit: string) {
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  const page = repositoryPage(world, repository)
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${commit}/${path}`,
    raw_url: `${page}/raw/${commit}/${path}`,
    contents_url: `${repositoryApi(world, repository)}/contents/${path}?ref=${commit}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath })
  }
}

/** A commit inside a push payload. */
export function pushCommitJson(
  world: World,
  repository: Repository,
  pushed: { readonly commit: Commit; readonly files: readonly FileChange[] }
) {
  const { commit, files } = pushed
  const named = (status: FileChange['status'][]): string[] =>
    files.filter(file => status.includes(file.status)).map(file => file.path)
  const moved = files.flatMap(file => (file.status === 'renamed' ? [file.previousPath ?? ''] : []))
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    author: pusherJson(world, commit.author),
    committer: pusherJson(world, commit.committer),
    added: named(['added', 'renamed', 'copied']),
    removed: [...named(['removed']), ...moved],
    modified: named(['modified', 'changed'])
  }
}

function pusherJson(world: World, signature: Signature) {
  const account = accountByEmail(world, signature.email)
  return {
    name: signature.name,
    email: signature.email,
    date: signature.date,
    ...(account === null ? {} : { username: account.login })
  }
}
