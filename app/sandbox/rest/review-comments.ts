/** Comments on lines of a pull request. Docs: "REST API endpoints for pull request review comments". */
import { isAtLeast } from '#app/sandbox/actor.ts'
import { announce } from '#app/sandbox/announce.ts'
import { checkBody } from '#app/sandbox/issue-changes.ts'
import { invalidRequest, notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Account, Issue, Pull, Review, ReviewComment } from '#app/sandbox/state.ts'
import { pullFiles, pullSimpleJson, reviewCommentJson } from '#app/sandbox/wire/pull.ts'
import { nextRecord, stamp } from '#app/sandbox/world.ts'
import { findPlace, type Side } from './diff-place.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import { findPull } from './pulls.ts'
import {
  type Answer,
  accountOf,
  created,
  dateOf,
  noContent,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'pull_requests', access: 'read', role: 'read' } as const
const WRITE = { permission: 'pull_requests', access: 'write', role: 'read' } as const

export const reviewCommentRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/pulls/comments', needs: READ, run: listAll },
  { method: 'GET', path: '/pulls/comments/:comment', needs: READ, run: getOne },
  { method: 'PATCH', path: '/pulls/comments/:comment', needs: WRITE, run: updateOne },
  { method: 'DELETE', path: '/pulls/comments/:comment', needs: WRITE, run: deleteOne },
  { method: 'GET', path: '/pulls/:number/comments', needs: READ, run: listOfPull },
  { method: 'POST', path: '/pulls/:number/comments', needs: WRITE, run: createOne },
  { method: 'POST', path: '/pulls/:number/comments/:comment/replies', needs: WRITE, run: reply }
]

function locate(call: RepositoryCall): {
  readonly issue: Issue
  readonly pull: Pull
  readonly comment: ReviewComment
} {
  const id = numberOf(call, 'comment')
  for (const issue of call.repository.issues) {
    const comment = issue.pull?.comments.find(one => one.id === id)
    if (issue.pull !== null && comment !== undefined) return { issue, pull: issue.pull, comment }
  }
  throw notFound()
}

export function findReviewComment(call: RepositoryCall): ReviewComment {
  return locate(call).comment
}

/** Reads one line comment of a review; 422 when its line is not part of the diff. */
export async function readLineComment(
  call: RepositoryCall,
  pull: Pull,
  fields: Fields
): Promise<Omit<ReviewComment, 'id' | 'review' | 'user'>> {
  const path = fields.requiredText('path')
  const body = fields.requiredText('body')
  checkBody('PullRequestReviewComment', body)
  const side: Side = fields.oneOf('side', ['LEFT', 'RIGHT']) ?? 'RIGHT'
  const subject = fields.oneOf('subject_type', ['line', 'file']) ?? 'line'
  const files = await pullFiles(call.world, call.repository, pull)
  const file = files.find(one => one.path === path)
  if (file === undefined) {
    throw validationFailed('Path could not be resolved')
  }
  const line = fields.integer('line')
  const position = fields.integer('position')
  if (subject === 'line' && line === undefined && position === undefined) {
    throw invalidRequest('"line" or "position" wasn\'t supplied.')
  }
  const wanted = line === undefined ? { position: position ?? 0 } : { line, side }
  const place = subject === 'file' ? null : findPlace(file.patch ?? '', wanted)
  if (subject === 'line' && place === null) {
    throw validationFailed('Pull request review thread line must be part of the diff')
  }
  const createdAt = stamp(call.world)
  return {
    path,
    body,
    side: place?.side ?? side,
    subject,
    line: place?.line ?? null,
    position: place?.position ?? null,
    startLine: fields.integer('start_line') ?? null,
    diffHunk: place?.hunk ?? '',
    commit: pull.headSha,
    inReplyTo: null,
    reactions: [],
    createdAt,
    updatedAt: createdAt
  }
}

export function tellLineComment(
  call: RepositoryCall,
  at: { readonly issue: Issue; readonly pull: Pull; readonly comment: ReviewComment },
  action: 'created' | 'edited' | 'deleted',
  extra: Record<string, unknown> = {}
): void {
  const { world, repository } = call
  announce(sceneOf(call), 'pull_request_review_comment', {
    action,
    ...extra,
    comment: reviewCommentJson(world, repository, at.issue, at.comment),
    pull_request: pullSimpleJson(world, repository, at.issue, at.pull)
  })
}

/** A single comment stands in a review of its own, as on GitHub. */
function soloReview(call: RepositoryCall, pull: Pull, user: Account): Review {
  const review: Review = {
    id: nextRecord(call.world.state),
    user,
    commit: pull.headSha,
    body: '',
    state: 'COMMENTED',
    submittedAt: stamp(call.world)
  }
  pull.reviews.push(review)
  return review
}

/** A review is refused in sentences, a comment alone in objects; so says the description. */
function withDetails(error: unknown): never {
  if (!(error instanceof Refusal) || error.errors === null) throw error
  const about = { resource: 'PullRequestReviewComment', code: 'custom' }
  throw validationFailed(
    ...error.errors.map(one => (typeof one === 'string' ? { ...about, message: one } : one))
  )
}

async function createOne(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  const fields = fieldsOf(call.body)
  const user = accountOf(call.actor)
  const read = await readLineComment(call, pull, fields).catch(withDetails)
  const review = soloReview(call, pull, user)
  return store(call, { issue, pull }, { ...read, id: 0, review: review.id, user })
}

function reply(call: RepositoryCall): Answer {
  const { issue, pull, comment } = locate(call)
  if (issue !== findPull(call).issue) throw notFound()
  const body = fieldsOf(call.body).requiredText('body')
  checkBody('PullRequestReviewComment', body)
  const user = accountOf(call.actor)
  const review = soloReview(call, pull, user)
  const createdAt = stamp(call.world)
  return store(
    call,
    { issue, pull },
    {
      ...comment,
      ...{ id: 0, body, user, review: review.id, reactions: [], createdAt, updatedAt: createdAt },
      inReplyTo: comment.inReplyTo ?? comment.id
    }
  )
}

function store(
  call: RepositoryCall,
  at: { readonly issue: Issue; readonly pull: Pull },
  draft: ReviewComment
): Answer {
  const comment = { ...draft, id: nextRecord(call.world.state) }
  at.pull.comments.push(comment)
  at.issue.updatedAt = comment.createdAt
  tellLineComment(call, { ...at, comment }, 'created')
  const json = reviewCommentJson(call.world, call.repository, at.issue, comment)
  return created(json, json.url)
}

function getOne(call: RepositoryCall): Answer {
  const { issue, comment } = locate(call)
  return ok(reviewCommentJson(call.world, call.repository, issue, comment))
}

function checkOwner(call: RepositoryCall, comment: ReviewComment): void {
  if (comment.user.id === accountOf(call.actor).id || isAtLeast(call.role, 'write')) return
  throw new Refusal(403, 'Must have admin rights to Repository.')
}

function updateOne(call: RepositoryCall): Answer {
  const at = locate(call)
  checkOwner(call, at.comment)
  const body = fieldsOf(call.body).requiredText('body')
  checkBody('PullRequestReviewComment', body)
  const from = at.comment.body
  at.comment.body = body
  at.comment.updatedAt = stamp(call.world)
  if (body !== from) tellLineComment(call, at, 'edited', { changes: { body: { from } } })
  return ok(reviewCommentJson(call.world, call.repository, at.issue, at.comment))
}

function deleteOne(call: RepositoryCall): Answer {
  const at = locate(call)
  checkOwner(call, at.comment)
  at.pull.comments.splice(at.pull.comments.indexOf(at.comment), 1)
  tellLineComment(call, at, 'deleted')
  return noContent()
}

function listOfPull(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  return answerList(
    call,
    pull.comments.map(comment => ({ issue, comment }))
  )
}

function listAll(call: RepositoryCall): Promise<Answer> {
  const all = call.repository.issues.flatMap(issue =>
    (issue.pull?.comments ?? []).map(comment => ({ issue, comment }))
  )
  return answerList(call, all)
}

function answerList(
  call: RepositoryCall,
  all: ReadonlyArray<{ readonly issue: Issue; readonly comment: ReviewComment }>
): Promise<Answer> {
  const since = dateOf(call, 'since')
  const found = all.filter(
    ({ comment }) => since === null || Date.parse(comment.updatedAt) >= since
  )
  return paged(call, found, one =>
    reviewCommentJson(call.world, call.repository, one.issue, one.comment)
  )
}
