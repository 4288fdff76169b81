/** Labels of a repository and of an issue. Docs: "REST API endpoints for labels". */
import { announce } from '#app/sandbox/announce.ts'
import {
  addLabels,
  checkLabel,
  createLabel,
  findLabel,
  removeLabel,
  replaceLabels
} from '#app/sandbox/issue-changes.ts'
import { invalidRequest, notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Issue, Label } from '#app/sandbox/state.ts'
import { labelJson } from '#app/sandbox/wire/repository.ts'
import { fieldsOf } from './fields.ts'
import { findIssue, labelNames, sceneOf } from './issues.ts'
import {
  type Answer,
  created,
  noContent,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'issues|pull_requests', access: 'read', role: 'read' } as const
const ISSUE = { permission: 'issues|pull_requests', access: 'write', role: 'triage' } as const
const REPOSITORY = { permission: 'issues|pull_requests', access: 'write', role: 'write' } as const

export const labelRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/issues/:number/labels', needs: READ, run: listIssueLabels },
  { method: 'POST', path: '/issues/:number/labels', needs: ISSUE, run: addIssueLabels },
  { method: 'PUT', path: '/issues/:number/labels', needs: ISSUE, run: putIssueLabels },
  { method: 'DELETE', path: '/issues/:number/labels', needs: ISSUE, run: clearIssueLabels },
  { method: 'DELETE', path: '/issues/:number/labels/:name', needs: ISSUE, run: removeIssueLabel },
  { method: 'GET', path: '/labels', needs: READ, run: listLabels },
  { method: 'POST', path: '/labels', needs: REPOSITORY, run: postLabel },
  { method: 'GET', path: '/labels/:name', needs: READ, run: getLabel },
  { method: 'PATCH', path: '/labels/:name', needs: REPOSITORY, run: updateLabel },
  { method: 'DELETE', path: '/labels/:name', needs: REPOSITORY, run: deleteLabel }
]

/** The body is `{ labels: [...] }` or the bare list. */
function namesOf(call: RepositoryCall): readonly string[] {
  const body = Array.isArray(call.body) ? { labels: call.body } : call.body
  const names = labelNames(fieldsOf(body))
  if (names === undefined) throw invalidRequest('"labels" wasn\'t supplied.')
  return names
}

function issueLabels(call: RepositoryCall, issue: Issue): Answer {
  return ok(issue.labels.map(label => labelJson(call.world, call.repository, label)))
}

function listIssueLabels(call: RepositoryCall): Promise<Answer> {
  const { labels } = findIssue(call)
  return paged(call, labels, label => labelJson(call.world, call.repository, label))
}

async function addIssueLabels(call: RepositoryCall): Promise<Answer> {
  const issue = findIssue(call)
  await addLabels(sceneOf(call), issue, namesOf(call))
  return issueLabels(call, issue)
}

async function putIssueLabels(call: RepositoryCall): Promise<Answer> {
  const issue = findIssue(call)
  await replaceLabels(sceneOf(call), issue, namesOf(call))
  return issueLabels(call, issue)
}

async function clearIssueLabels(call: RepositoryCall): Promise<Answer> {
  await replaceLabels(sceneOf(call), findIssue(call), [])
  return noContent()
}

async function removeIssueLabel(call: RepositoryCall): Promise<Answer> {
  const issue = findIssue(call)
  if (!(await removeLabel(sceneOf(call), issue, call.params.name ?? ''))) {
    throw new Refusal(404, 'Label does not exist')
  }
  return issueLabels(call, issue)
}

function listLabels(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  return paged(call, repository.labels, label => labelJson(world, repository, label))
}

function labelOf(call: RepositoryCall): Label {
  const label = findLabel(call.repository, call.params.name ?? '')
  if (label === null) throw notFound()
  return label
}

function getLabel(call: RepositoryCall): Answer {
  return ok(labelJson(call.world, call.repository, labelOf(call)))
}

function postLabel(call: RepositoryCall): Answer {
  const fields = fieldsOf(call.body)
  const color = fields.text('color')
  const label = createLabel(sceneOf(call), {
    name: fields.requiredText('name'),
    ...(color === undefined ? {} : { color }),
    description: fields.textOrNull('description') ?? null
  })
  const json = labelJson(call.world, call.repository, label)
  return created(json, json.url)
}

function updateLabel(call: RepositoryCall): Answer {
  const label = labelOf(call)
  const fields = fieldsOf(call.body)
  const name = fields.text('new_name') ?? label.name
  const color = fields.text('color') ?? label.color
  checkLabel(name, color)
  const other = findLabel(call.repository, name)
  if (other !== null && other !== label) {
    throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' })
  }
  const changes = {
    ...(name === label.name ? {} : { name: { from: label.name } }),
    ...(color === label.color ? {} : { color: { from: label.color } })
  }
  Object.assign(label, { name, color: color.toLowerCase() })
  if (fields.has('description')) label.description = fields.textOrNull('description') ?? null
  const json = labelJson(call.world, call.repository, label)
  announce(sceneOf(call), 'label', { action: 'edited', label: json, changes })
  return ok(json)
}

function deleteLabel(call: RepositoryCall): Answer {
  const label = labelOf(call)
  const { repository } = call
  repository.labels.splice(repository.labels.indexOf(label), 1)
  for (const { labels } of repository.issues) {
    if (labels.includes(label)) labels.splice(labels.indexOf(label), 1)
  }
  const json = labelJson(call.world, repository, label)
  announce(sceneOf(call), 'label', { action: 'deleted', label: json })
  return noContent()
}
