/** Issues: create, get, list, update, timeline, events. Docs: "REST API endpoints for issues". */
import { isAtLeast } from '#app/sandbox/actor.ts'
import { announceIssue, type Scene } from '#app/sandbox/announce.ts'
import {
  addLabels,
  checkBody,
  record,
  replaceLabels,
  setState,
  TITLE_LIMIT
} from '#app/sandbox/issue-changes.ts'
import { invalidRequest, notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Account, Issue, Pull, StateReason } from '#app/sandbox/state.ts'
import { issueApi, issueEventJson, issueJson, timelineJson } from '#app/sandbox/wire/issue.ts'
import { findAccount, nextRecord, stamp } from '#app/sandbox/world.ts'
import { type Fields, fieldsOf } from './fields.ts'
import {
  type Answer,
  accountOf,
  created,
  dateOf,
  isApp,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'issues|pull_requests', access: 'read', role: 'read' } as const
const WRITE = { permission: 'issues|pull_requests', access: 'write', role: 'read' } as const
const CREATE = { permission: 'issues', access: 'write', role: 'read' } as const

export const issueRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/issues', needs: READ, run: listIssues },
  { method: 'POST', path: '/issues', needs: CREATE, run: createIssue },
  { method: 'GET', path: '/issues/events', needs: READ, run: listRepositoryEvents },
  { method: 'GET', path: '/issues/:number', needs: READ, run: getIssue },
  { method: 'PATCH', path: '/issues/:number', needs: WRITE, run: updateIssue },
  { method: 'GET', path: '/issues/:number/timeline', needs: READ, run: listTimeline },
  { method: 'GET', path: '/issues/:number/events', needs: READ, run: listEvents }
]

export function sceneOf(call: RepositoryCall): Scene {
  return { world: call.world, repository: call.repository, by: accountOf(call.actor) }
}

export function findIssue(call: RepositoryCall): Issue {
  const number = numberOf(call, 'number')
  const issue = call.repository.issues.find(one => one.number === number)
  if (issue === undefined) throw notFound()
  return issue
}

/** What is made with `issues` and `pulls` alike; the caller announces it. */
export function newIssue(
  scene: Scene,
  input: { readonly title: string; readonly body: string | null; readonly pull: Pull | null }
): Issue {
  const { world, repository, by } = scene
  const createdAt = stamp(world)
  const issue: Issue = {
    id: nextRecord(world.state),
    number: repository.issues.length + 1,
    title: input.title,
    body: input.body,
    user: by,
    viaApp: by.id === world.app?.bot.id,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    reactions: [],
    events: [],
    pull: input.pull,
    createdAt,
    updatedAt: createdAt,
    closedAt: null,
    closedBy: null
  }
  repository.issues.push(issue)
  return issue
}

export function readTitle(resource: string, title: string): string {
  if (title.trim() === '') {
    throw validationFailed({ resource, code: 'missing_field', field: 'title' })
  }
  if (title.length > TITLE_LIMIT) {
    const message = `title is too long (maximum is ${TITLE_LIMIT} characters)`
    throw validationFailed({ resource, code: 'custom', field: 'title', message })
  }
  return title
}

async function createIssue(call: RepositoryCall): Promise<Answer> {
  const fields = fieldsOf(call.body)
  const body = fields.textOrNull('body') ?? null
  const title = readTitle('Issue', titleOf(fields))
  checkBody('Issue', body ?? '')
  const labels = labelNames(fields)
  const scene = sceneOf(call)
  const issue = newIssue(scene, { title, body, pull: null })
  await announceIssue(scene, issue, 'opened')
  // Docs: without push access, labels and assignees are silently dropped.
  if (labels !== undefined && mayTriage(call)) await addLabels(scene, issue, labels)
  if (mayTriage(call)) setAssignees(call, issue, fields)
  const { world, repository } = call
  return created(issueJson(world, repository, issue), issueApi(world, repository, issue.number))
}

function titleOf(fields: Fields): string {
  const title = fields.all().title
  return typeof title === 'number' ? String(title) : fields.requiredText('title')
}

/** Labels may be names or objects with a name. */
export function labelNames(fields: Fields): readonly string[] | undefined {
  const labels = fields.all().labels
  if (labels === undefined || labels === null) return undefined
  if (!Array.isArray(labels)) throw invalidRequest("For '/labels', it is not an array.")
  return labels.map((label, index) =>
    typeof label === 'string' ? label : fieldsOf(label, `/labels/${index}`).requiredText('name')
  )
}

function mayTriage(call: RepositoryCall): boolean {
  return isApp(call.actor) || isAtLeast(call.role, 'triage')
}

function setAssignees(call: RepositoryCall, issue: Issue, fields: Fields): void {
  const single = fields.text('assignee')
  const names = fields.texts('assignees') ?? (single === undefined ? undefined : [single])
  if (names === undefined) return
  const accounts = names.map(name => findAccount(call.world.state, name))
  issue.assignees = accounts.filter((account): account is Account => account !== null)
}

function getIssue(call: RepositoryCall): Answer {
  return ok(issueJson(call.world, call.repository, findIssue(call)))
}

function listIssues(call: RepositoryCall): Promise<Answer> {
  const { query, repository, world } = call
  const state = query.get('state') ?? 'open'
  const wanted = (query.get('labels') ?? '').split(',').filter(Boolean)
  const since = dateOf(call, 'since')
  const creator = query.get('creator')?.toLowerCase()
  const found = repository.issues.filter(
    issue =>
      (state === 'all' || issue.state === state) &&
      (since === null || Date.parse(issue.updatedAt) >= since) &&
      (creator === undefined || issue.user.login.toLowerCase() === creator) &&
      wanted.every(name => issue.labels.some(l => l.name.toLowerCase() === name.toLowerCase()))
  )
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  found.sort((a, b) => a[key].localeCompare(b[key]) || a.number - b.number)
  if (query.get('direction') !== 'asc') found.reverse()
  return paged(call, found, issue => issueJson(world, repository, issue))
}

const REASONS = ['completed', 'not_planned', 'duplicate', 'reopened'] as const

async function updateIssue(call: RepositoryCall): Promise<Answer> {
  const issue = findIssue(call)
  const fields = fieldsOf(call.body)
  const scene = sceneOf(call)
  const own = issue.user.id === scene.by.id
  if (!own && !mayTriage(call)) throw new Refusal(403, 'Must have admin rights to Repository.')
  const state = fields.oneOf('state', ['open', 'closed'])
  const reason: StateReason | null = fields.oneOf('state_reason', REASONS) ?? null
  const labels = labelNames(fields)
  await editText(scene, issue, fields)
  if (labels !== undefined && mayTriage(call)) await replaceLabels(scene, issue, labels)
  if (mayTriage(call)) setAssignees(call, issue, fields)
  if (issue.pull?.mergedAt != null && state === 'open') {
    throw validationFailed({ resource: 'PullRequest', code: 'invalid', field: 'state' })
  }
  if (state !== undefined) await setState(scene, issue, { state, reason })
  return ok(issueJson(call.world, call.repository, issue))
}

/** Title and body of an issue or a pull request, with one `edited` event for both. */
export async function editText(scene: Scene, issue: Issue, fields: Fields): Promise<void> {
  const resource = issue.pull === null ? 'Issue' : 'PullRequest'
  const given = fields.text('title')
  const title = given === undefined ? issue.title : readTitle(resource, given)
  const body = fields.textOrNull('body')
  checkBody(resource, body ?? '')
  const changes: Record<string, { from: string }> = {}
  if (title !== issue.title) {
    changes.title = { from: issue.title }
    record(scene, issue, { event: 'renamed', rename: { from: issue.title, to: title } })
    issue.title = title
  }
  if (body !== undefined && body !== issue.body) {
    changes.body = { from: issue.body ?? '' }
    issue.body = body
    issue.updatedAt = stamp(scene.world)
  }
  if (Object.keys(changes).length > 0) await announceIssue(scene, issue, 'edited', { changes })
}

function listTimeline(call: RepositoryCall): Promise<Answer> {
  const items = timelineJson(call.world, call.repository, findIssue(call))
  return paged(call, items, item => item)
}

function listEvents(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const { events } = findIssue(call)
  return paged(call, events, event => issueEventJson(world, repository, event))
}

function listRepositoryEvents(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const events = repository.issues
    .flatMap(issue => issue.events.map(event => ({ issue, event })))
    .sort((a, b) => b.event.id - a.event.id)
  return paged(call, events, ({ issue, event }) => ({
    ...issueEventJson(world, repository, event),
    issue: issueJson(world, repository, issue)
  }))
}
