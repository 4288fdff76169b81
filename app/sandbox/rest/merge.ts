/** Merging a pull request, as a merge commit or squashed. Docs: "Merge a pull request". */
import { readLog, resolveCommit } from '#app/sandbox/git/read.ts'
import { commitTree, mergeTree, updateRef } from '#app/sandbox/git/write.ts'
import { inTurn } from '#app/sandbox/git-http.ts'
import { markMerged, refsChanged } from '#app/sandbox/pushes.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import type { Issue, Pull } from '#app/sandbox/state.ts'
import { stamp } from '#app/sandbox/world.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import { findPull } from './pulls.ts'
import { type Answer, noContent, ok, type RepositoryCall, type RepositoryRoute } from './route.ts'

const READ = { permission: 'pull_requests', access: 'read', role: 'read' } as const
/** Merging writes to the base branch, so it asks for contents. */
const MERGE = { permission: 'contents', access: 'write', role: 'write' } as const

export const mergeRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/pulls/:number/merge', needs: READ, run: checkMerged },
  { method: 'PUT', path: '/pulls/:number/merge', needs: MERGE, run: merge }
]

function checkMerged(call: RepositoryCall): Answer {
  if (findPull(call).pull.mergedAt === null) throw notFound()
  return noContent()
}

async function merge(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  return inTurn(call.repository, async () => {
    const fields = fieldsOf(call.body)
    const method = fields.oneOf('merge_method', ['merge', 'squash', 'rebase']) ?? 'merge'
    const expected = fields.text('sha')
    if (expected !== undefined && expected !== pull.headSha) {
      throw new Refusal(409, 'Head branch was modified. Review and try the merge again.')
    }
    if (method === 'rebase') {
      throw new Refusal(405, 'Rebase merges are not allowed on this repository.')
    }
    if (issue.state === 'closed') throw new Refusal(405, 'Pull Request is not mergeable')
    if (pull.draft) throw new Refusal(405, 'Pull Request is still a draft')
    const sha = await writeMerge(call, { issue, pull, method, fields })
    return ok({ sha, merged: true, message: 'Pull Request successfully merged' })
  })
}

interface Merge {
  readonly issue: Issue
  readonly pull: Pull
  readonly method: 'merge' | 'squash'
  readonly fields: Fields
}

async function writeMerge(call: RepositoryCall, asked: Merge): Promise<string> {
  const { world, repository } = call
  const { git } = world
  const { folder } = repository
  const { issue, pull, method } = asked
  const base = await resolveCommit(git, folder, pull.baseRef)
  const tree = base === null ? null : await mergeTree(git, folder, { base, head: pull.headSha })
  if (base === null || tree === null) throw new Refusal(405, 'Pull Request is not mergeable')
  const scene = sceneOf(call)
  const author = { name: scene.by.login, email: scene.by.email, date: stamp(world) }
  const sha = await commitTree(git, folder, {
    tree,
    parents: method === 'merge' ? [base, pull.headSha] : [base],
    message: await messageOf(call, asked, base),
    author,
    committer: { ...author, name: 'GitHub', email: 'noreply@github.com' }
  })
  const name = `refs/heads/${pull.baseRef}`
  if (!(await updateRef(git, folder, { name, to: sha, from: base }))) {
    throw new Refusal(409, 'Base branch was modified. Review and try the merge again.')
  }
  await markMerged(scene, issue, pull, sha)
  await refsChanged(scene, [{ name, before: base, after: sha }])
  return sha
}

async function messageOf(call: RepositoryCall, asked: Merge, base: string): Promise<string> {
  const { issue, pull, method, fields } = asked
  const { repository, world } = call
  const given = fields.text('commit_message')
  if (method === 'merge') {
    const from = `${repository.owner.login}/${pull.headRef}`
    const title = fields.text('commit_title') ?? `Merge pull request #${issue.number} from ${from}`
    return `${title}\n\n${given ?? issue.title}`.trim()
  }
  const commits = await readLog(world.git, repository.folder, {
    include: pull.headSha,
    exclude: base,
    oldestFirst: true
  })
  const title = fields.text('commit_title') ?? `${issue.title} (#${issue.number})`
  const list = commits.map(commit => `* ${commit.message}`).join('\n\n')
  return `${title}\n\n${given ?? list}`.trim()
}
