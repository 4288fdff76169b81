/** Pull requests: create, get, list, update, files, commits. Docs: "REST API endpoints for pull requests". */
import { isAtLeast } from '#app/sandbox/actor.ts'
import { announceIssue } from '#app/sandbox/announce.ts'
import { readDiff } from '#app/sandbox/git/diff.ts'
import { findRef, mergeBase, readLog } from '#app/sandbox/git/read.ts'
import { checkBody, setState } from '#app/sandbox/issue-changes.ts'
import { notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Issue, Pull } from '#app/sandbox/state.ts'
import { commitJson, fileJson } from '#app/sandbox/wire/commit.ts'
import { pullFiles, pullJson, pullSimpleJson } from '#app/sandbox/wire/pull.ts'
import { nextRecord } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { editText, findIssue, newIssue, readTitle, sceneOf } from './issues.ts'
import {
  type Answer,
  accountOf,
  created,
  isApp,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'pull_requests', access: 'read', role: 'read' } as const
const WRITE = { permission: 'pull_requests', access: 'write', role: 'read' } as const

export const pullRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/pulls', needs: READ, run: listPulls },
  { method: 'POST', path: '/pulls', needs: WRITE, run: createPull },
  { method: 'GET', path: '/pulls/:number', needs: READ, run: getPull },
  { method: 'PATCH', path: '/pulls/:number', needs: WRITE, run: updatePull },
  { method: 'GET', path: '/pulls/:number/files', needs: READ, run: listFiles },
  { method: 'GET', path: '/pulls/:number/commits', needs: READ, run: listCommits }
]

export function findPull(call: RepositoryCall): { readonly issue: Issue; readonly pull: Pull } {
  const issue = findIssue(call)
  if (issue.pull === null) throw notFound()
  return { issue, pull: issue.pull }
}

const RESOURCE = 'PullRequest'

function refuse(message: string): Refusal {
  return validationFailed({ resource: RESOURCE, code: 'custom', message })
}

async function createPull(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const fields = fieldsOf(call.body)
  const title = readTitle(RESOURCE, fields.requiredText('title'))
  const body = fields.textOrNull('body') ?? null
  checkBody(RESOURCE, body ?? '')
  const headRef = localBranch(call, fields.requiredText('head'))
  const baseRef = fields.requiredText('base')
  const head = await branchSha(call, headRef, 'head')
  const base = await branchSha(call, baseRef, 'base')
  const ahead = await readLog(world.git, repository.folder, {
    include: head,
    exclude: base,
    limit: 1
  })
  if (ahead.length === 0) throw refuse(`No commits between ${baseRef} and ${headRef}`)
  // Checked last, without a pause before the making: of two callers at once one is refused.
  const label = `${repository.owner.login}:${headRef}`
  const twin = repository.issues.find(
    ({ state, pull }) => state === 'open' && pull?.headRef === headRef && pull.baseRef === baseRef
  )
  if (twin !== undefined) throw refuse(`A pull request already exists for ${label}.`)
  const pull: Pull = {
    id: nextRecord(world.state),
    headRef,
    baseRef,
    headSha: head,
    baseSha: base,
    draft: fields.flag('draft') ?? false,
    maintainerCanModify: fields.flag('maintainer_can_modify') ?? false,
    reviews: [],
    comments: [],
    mergedAt: null,
    mergedBy: null,
    mergeCommit: null
  }
  const scene = sceneOf(call)
  const issue = newIssue(scene, { title, body, pull })
  await announceIssue(scene, issue, 'opened')
  const json = await pullJson(world, repository, issue, pull)
  return created(json, json.url)
}

/** `owner:branch` of this repository is `branch`; the sandbox has no forks. */
function localBranch(call: RepositoryCall, head: string): string {
  const [owner, branch] = head.includes(':') ? head.split(':', 2) : [null, head]
  const own = owner === null || owner?.toLowerCase() === call.repository.owner.login.toLowerCase()
  if (!own || branch === undefined) {
    throw validationFailed({ resource: RESOURCE, field: 'head', code: 'invalid' })
  }
  return branch
}

async function branchSha(
  call: RepositoryCall,
  branch: string,
  field: 'head' | 'base'
): Promise<string> {
  const { world, repository } = call
  const ref = await findRef(world.git, repository.folder, `refs/heads/${branch}`)
  if (ref === null) throw validationFailed({ resource: RESOURCE, field, code: 'invalid' })
  return ref.sha
}

async function getPull(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  const { world, repository } = call
  if (/\bvnd\.github(\.v3)?\.diff\b/.test(call.accept)) {
    const from = await mergeBase(world.git, repository.folder, pull.baseSha, pull.headSha)
    const range = { from: from ?? pull.baseSha, to: pull.headSha }
    const content = await readDiff(world.git, repository.folder, range)
    return { status: 200, text: { content, type: 'application/vnd.github.diff; charset=utf-8' } }
  }
  return ok(await pullJson(world, repository, issue, pull))
}

function listPulls(call: RepositoryCall): Promise<Answer> {
  const { query, repository, world } = call
  const state = query.get('state') ?? 'open'
  const head = query.get('head')
  const base = query.get('base')
  const owner = repository.owner.login.toLowerCase()
  const found = repository.issues.flatMap(issue => {
    const { pull } = issue
    if (pull === null || (state !== 'all' && issue.state !== state)) return []
    if (base !== null && pull.baseRef !== base) return []
    // Docs: the filter is user:ref; a bare ref filters nothing.
    if (head?.includes(':') === true) {
      const at = head.indexOf(':')
      const same = head.slice(0, at).toLowerCase() === owner && head.slice(at + 1) === pull.headRef
      if (!same) return []
    }
    return [{ issue, pull }]
  })
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  found.sort((a, b) => a.issue[key].localeCompare(b.issue[key]) || a.issue.number - b.issue.number)
  if ((query.get('direction') ?? 'desc') !== 'asc') found.reverse()
  return paged(call, found, one => pullSimpleJson(world, repository, one.issue, one.pull))
}

async function updatePull(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  const fields = fieldsOf(call.body)
  const own = issue.user.id === accountOf(call.actor).id
  if (!own && !isApp(call.actor) && !isAtLeast(call.role, 'triage')) {
    throw new Refusal(403, 'Must have admin rights to Repository.')
  }
  const scene = sceneOf(call)
  const state = fields.oneOf('state', ['open', 'closed'])
  const base = fields.text('base')
  const baseSha = base === undefined ? null : await branchSha(call, base, 'base')
  if (state === 'open' && issue.state === 'closed') await checkReopen(call, pull)
  await editText(scene, issue, fields)
  if (base !== undefined && baseSha !== null && base !== pull.baseRef) {
    const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } }
    pull.baseRef = base
    pull.baseSha = baseSha
    await announceIssue(scene, issue, 'edited', { changes })
  }
  if (state !== undefined) await setState(scene, issue, { state, reason: null })
  return ok(await pullJson(call.world, call.repository, issue, pull))
}

/** A merged pull request, or one whose branch is gone, stays closed. */
async function checkReopen(call: RepositoryCall, pull: Pull): Promise<void> {
  if (pull.mergedAt !== null) {
    throw validationFailed({ resource: RESOURCE, code: 'invalid', field: 'state' })
  }
  const { world, repository } = call
  const head = await findRef(world.git, repository.folder, `refs/heads/${pull.headRef}`)
  if (head === null) {
    const message = `state cannot be changed. The ${pull.headRef} branch has been deleted.`
    throw validationFailed({ resource: RESOURCE, code: 'invalid', field: 'state', message })
  }
  pull.headSha = head.sha
}

async function listFiles(call: RepositoryCall): Promise<Answer> {
  const { pull } = findPull(call)
  const { world, repository } = call
  const files = await pullFiles(world, repository, pull)
  return paged(call, files, file => fileJson(world, repository, file, pull.headSha))
}

async function listCommits(call: RepositoryCall): Promise<Answer> {
  const { pull } = findPull(call)
  const { world, repository } = call
  const commits = await readLog(world.git, repository.folder, {
    include: pull.headSha,
    exclude: pull.baseSha,
    oldestFirst: true
  })
  return paged(call, commits, commit => commitJson(world, repository, commit))
}
