/** Comments on issues and pull requests. Docs: "REST API endpoints for issue comments". */
import { isAtLeast } from '#app/sandbox/actor.ts'
import { announce } from '#app/sandbox/announce.ts'
import { checkBody } from '#app/sandbox/issue-changes.ts'
import { notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Comment } from '#app/sandbox/state.ts'
import { commentJson, issueJson } from '#app/sandbox/wire/issue.ts'
import { nextRecord, stamp } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { findIssue, sceneOf } from './issues.ts'
import {
  type Answer,
  accountOf,
  created,
  dateOf,
  isApp,
  noContent,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'issues|pull_requests', access: 'read', role: 'read' } as const
const WRITE = { permission: 'issues|pull_requests', access: 'write', role: 'read' } as const

export const commentRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/issues/comments', needs: READ, run: listAll },
  { method: 'GET', path: '/issues/comments/:comment', needs: READ, run: getComment },
  { method: 'PATCH', path: '/issues/comments/:comment', needs: WRITE, run: updateComment },
  { method: 'DELETE', path: '/issues/comments/:comment', needs: WRITE, run: deleteComment },
  { method: 'GET', path: '/issues/:number/comments', needs: READ, run: listComments },
  { method: 'POST', path: '/issues/:number/comments', needs: WRITE, run: createComment }
]

export function findComment(call: RepositoryCall): Comment {
  const id = numberOf(call, 'comment')
  const comment = call.repository.comments.find(one => one.id === id)
  if (comment === undefined) throw notFound()
  return comment
}

function readBody(call: RepositoryCall): string {
  const body = fieldsOf(call.body).requiredText('body')
  if (body.trim() === '') {
    throw validationFailed({ resource: 'IssueComment', code: 'missing_field', field: 'body' })
  }
  checkBody('IssueComment', body)
  return body
}

function tell(
  call: RepositoryCall,
  comment: Comment,
  action: 'created' | 'edited' | 'deleted',
  extra: Record<string, unknown> = {}
): void {
  const { world, repository } = call
  const issue = repository.issues.find(one => one.number === comment.issue)
  if (issue === undefined) throw notFound()
  const shown = {
    issue: issueJson(world, repository, issue),
    comment: commentJson(world, repository, comment)
  }
  announce(sceneOf(call), 'issue_comment', { action, ...extra, ...shown })
}

function createComment(call: RepositoryCall): Answer {
  const issue = findIssue(call)
  const createdAt = stamp(call.world)
  const comment: Comment = {
    id: nextRecord(call.world.state),
    issue: issue.number,
    user: accountOf(call.actor),
    viaApp: isApp(call.actor),
    body: readBody(call),
    reactions: [],
    createdAt,
    updatedAt: createdAt
  }
  call.repository.comments.push(comment)
  issue.updatedAt = createdAt
  tell(call, comment, 'created')
  const json = commentJson(call.world, call.repository, comment)
  return created(json, json.url)
}

function getComment(call: RepositoryCall): Answer {
  return ok(commentJson(call.world, call.repository, findComment(call)))
}

function listComments(call: RepositoryCall): Promise<Answer> {
  const { number } = findIssue(call)
  const all = call.repository.comments.filter(comment => comment.issue === number)
  return answerList(call, all)
}

function listAll(call: RepositoryCall): Promise<Answer> {
  const all = [...call.repository.comments]
  const key = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  all.sort((a, b) => a[key].localeCompare(b[key]) || a.id - b.id)
  if (call.query.get('direction') === 'desc') all.reverse()
  return answerList(call, all)
}

function answerList(call: RepositoryCall, all: readonly Comment[]): Promise<Answer> {
  const since = dateOf(call, 'since')
  const found = all.filter(one => since === null || Date.parse(one.updatedAt) >= since)
  return paged(call, found, comment => commentJson(call.world, call.repository, comment))
}

/** The author, and whoever may write to the repository (the App within its permissions). */
function checkOwner(call: RepositoryCall, comment: Comment): void {
  const own = comment.user.id === accountOf(call.actor).id
  if (own || isAtLeast(call.role, 'write')) return
  throw new Refusal(403, 'Must have admin rights to Repository.')
}

function updateComment(call: RepositoryCall): Answer {
  const comment = findComment(call)
  checkOwner(call, comment)
  const body = readBody(call)
  const from = comment.body
  comment.body = body
  comment.updatedAt = stamp(call.world)
  if (body !== from) tell(call, comment, 'edited', { changes: { body: { from } } })
  return ok(commentJson(call.world, call.repository, comment))
}

function deleteComment(call: RepositoryCall): Answer {
  const comment = findComment(call)
  checkOwner(call, comment)
  const { comments } = call.repository
  comments.splice(comments.indexOf(comment), 1)
  tell(call, comment, 'deleted')
  return noContent()
}
