/** What follows when refs move: the push event, and pull requests that change with their branches. */
import { readChanges } from '#app/sandbox/git/diff.ts'
import { type Commit, isAncestor, type Ref, readCommit, readLog } from '#app/sandbox/git/read.ts'
import { userJson } from '#app/sandbox/wire/account.ts'
import { pushCommitJson } from '#app/sandbox/wire/commit.ts'
import { repositoryPage } from '#app/sandbox/wire/repository.ts'
import { announce, announceIssue, type Scene } from './announce.ts'
import { closeLinkedIssues, record, setState } from './issue-changes.ts'
import type { Issue, Pull } from './state.ts'
import { stamp } from './world.ts'

interface RefChange {
  readonly name: string
  /** null: the ref is new. */
  readonly before: string | null
  /** null: the ref is gone. */
  readonly after: string | null
}

const ZERO = '0'.repeat(40)
/** Docs: the push payload lists at most 2,048 commits; a list in a test needs no more than these. */
const MOST_COMMITS = 100

export function changesBetween(before: readonly Ref[], after: readonly Ref[]): RefChange[] {
  const old = new Map(before.map(ref => [ref.name, ref.sha]))
  const now = new Map(after.map(ref => [ref.name, ref.sha]))
  return [...new Set([...old.keys(), ...now.keys()])]
    .map(name => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }))
    .filter(change => change.before !== change.after)
}

/** Records and announces moved refs, in the order given. */
export async function refsChanged(scene: Scene, changes: readonly RefChange[]): Promise<void> {
  for (const change of changes) {
    if (!/^refs\/(heads|tags)\//.test(change.name)) continue
    scene.repository.pushedAt = stamp(scene.world)
    scene.repository.updatedAt = scene.repository.pushedAt
    announce(scene, 'push', await pushPayload(scene, change))
    if (change.name.startsWith('refs/heads/')) await updatePulls(scene, change)
  }
}

async function pushPayload(scene: Scene, change: RefChange): Promise<Record<string, unknown>> {
  const { world, repository, by } = scene
  const { before, after } = change
  const commits = await pushedCommits(scene, change)
  const detailed = await Promise.all(
    commits.map(async commit => {
      const range = { from: commit.parents[0] ?? null, to: commit.sha }
      const files = await readChanges(world.git, repository.folder, range)
      return pushCommitJson(world, repository, { commit, files })
    })
  )
  const forced =
    before !== null &&
    after !== null &&
    !(await isAncestor(world.git, repository.folder, before, after))
  const range = before === null ? after : `${before.slice(0, 12)}...${(after ?? ZERO).slice(0, 12)}`
  return {
    ref: change.name,
    before: before ?? ZERO,
    after: after ?? ZERO,
    created: before === null,
    deleted: after === null,
    forced,
    base_ref: null,
    compare: `${repositoryPage(world, repository)}/compare/${range}`,
    commits: detailed,
    head_commit: detailed.at(-1) ?? null,
    pusher: { name: userJson(world, by).login, email: by.email }
  }
}

async function pushedCommits(scene: Scene, change: RefChange): Promise<readonly Commit[]> {
  const { world, repository } = scene
  if (change.after === null) return []
  const main = `refs/heads/${repository.defaultBranch}`
  const exclude = change.before ?? (change.name === main ? null : main)
  if (exclude === null) return [await readCommit(world.git, repository.folder, change.after)]
  return readLog(world.git, repository.folder, {
    include: change.after,
    exclude,
    limit: MOST_COMMITS,
    oldestFirst: true
  })
}

async function updatePulls(scene: Scene, change: RefChange): Promise<void> {
  const branch = change.name.slice('refs/heads/'.length)
  for (const issue of scene.repository.issues) {
    const { pull } = issue
    if (pull === null || issue.state === 'closed') continue
    if (pull.headRef === branch) await moveHead(scene, issue, pull, change)
    else if (pull.baseRef === branch) await moveBase(scene, issue, pull, change.after)
  }
}

async function moveHead(scene: Scene, issue: Issue, pull: Pull, change: RefChange): Promise<void> {
  const { before, after } = change
  if (after === null) {
    await setState(scene, issue, { state: 'closed', reason: null })
    return
  }
  pull.headSha = after
  issue.updatedAt = stamp(scene.world)
  await announceIssue(scene, issue, 'synchronize', { before: before ?? ZERO, after })
}

/** A pull request whose head reached its base by a push is merged, as on GitHub. */
async function moveBase(
  scene: Scene,
  issue: Issue,
  pull: Pull,
  after: string | null
): Promise<void> {
  if (after === null) {
    await setState(scene, issue, { state: 'closed', reason: null })
    return
  }
  pull.baseSha = after
  const { world, repository } = scene
  if (await isAncestor(world.git, repository.folder, pull.headSha, after)) {
    await markMerged(scene, issue, pull, after)
  }
}

/** Closes a pull request as merged, and the issues that its text names, on the default branch. */
export async function markMerged(
  scene: Scene,
  issue: Issue,
  pull: Pull,
  commit: string
): Promise<void> {
  pull.mergedAt = stamp(scene.world)
  pull.mergedBy = scene.by
  pull.mergeCommit = commit
  record(scene, issue, { event: 'merged', commit })
  await setState(scene, issue, { state: 'closed', reason: null })
  if (pull.baseRef !== scene.repository.defaultBranch) return
  await closeLinkedIssues(scene, issue)
}
