/** Reviews of pull requests. Docs: "REST API endpoints for pull request reviews". */
import { announce } from '#app/sandbox/announce.ts'
import { checkBody } from '#app/sandbox/issue-changes.ts'
import { notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { Issue, Pull, Review, ReviewComment } from '#app/sandbox/state.ts'
import { pullSimpleJson, reviewCommentJson, reviewJson } from '#app/sandbox/wire/pull.ts'
import { nextRecord, stamp } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import { findPull } from './pulls.ts'
import { readLineComment, tellLineComment } from './review-comments.ts'
import {
  type Answer,
  accountOf,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'pull_requests', access: 'read', role: 'read' } as const
const WRITE = { permission: 'pull_requests', access: 'write', role: 'read' } as const
const DISMISS = { permission: 'pull_requests', access: 'write', role: 'write' } as const
const ONE = '/pulls/:number/reviews/:review'

export const reviewRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/pulls/:number/reviews', needs: READ, run: listReviews },
  { method: 'POST', path: '/pulls/:number/reviews', needs: WRITE, run: createReview },
  { method: 'GET', path: ONE, needs: READ, run: getReview },
  { method: 'GET', path: `${ONE}/comments`, needs: READ, run: listReviewComments },
  { method: 'POST', path: `${ONE}/events`, needs: WRITE, run: submitReview },
  { method: 'PUT', path: `${ONE}/dismissals`, needs: DISMISS, run: dismissReview }
]

const EVENTS = ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const
type ReviewEvent = (typeof EVENTS)[number]
const STATES = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED'
} as const

interface Subject {
  readonly issue: Issue
  readonly pull: Pull
  readonly review: Review
}

function locate(call: RepositoryCall): Subject {
  const { issue, pull } = findPull(call)
  const id = numberOf(call, 'review')
  const review = pull.reviews.find(one => one.id === id)
  if (review === undefined || !isVisible(call, review)) throw notFound()
  return { issue, pull, review }
}

/** A pending review is seen by its author alone. */
function isVisible(call: RepositoryCall, review: Review): boolean {
  if (review.state !== 'PENDING') return true
  const { actor } = call
  return (
    (actor.kind === 'person' || actor.kind === 'installation') &&
    actor.account.id === review.user.id
  )
}

/** Throws 422 for what GitHub does not let an author do, and for a missing body. */
function checkEvent(
  call: RepositoryCall,
  issue: Issue,
  given: { readonly event: ReviewEvent; readonly body: string; readonly lines: number }
): void {
  const { event, body, lines } = given
  if (issue.user.id === accountOf(call.actor).id && event !== 'COMMENT') {
    const what = event === 'APPROVE' ? 'approve' : 'request changes on'
    const errors = [`Review Can not ${what} your own pull request`]
    throw new Refusal(422, 'Unprocessable Entity', { errors })
  }
  const needsBody = event === 'REQUEST_CHANGES' || (event === 'COMMENT' && lines === 0)
  if (needsBody && body.trim() === '') {
    const errors = ['Review body can not be blank']
    throw new Refusal(422, 'Unprocessable Entity', { errors })
  }
}

async function createReview(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  const fields = fieldsOf(call.body)
  const event = fields.oneOf('event', EVENTS) ?? null
  const body = fields.text('body') ?? ''
  checkBody('PullRequestReview', body)
  const drafts = fields.objects('comments') ?? []
  if (event !== null) checkEvent(call, issue, { event, body, lines: drafts.length })
  const user = accountOf(call.actor)
  const read = await Promise.all(drafts.map(draft => readLineComment(call, pull, draft)))
  if (event === null && pull.reviews.some(r => r.state === 'PENDING' && r.user.id === user.id)) {
    throw validationFailed('User can only have one pending review per pull request')
  }
  const review: Review = {
    id: nextRecord(call.world.state),
    user,
    commit: fields.text('commit_id') ?? pull.headSha,
    body,
    state: 'PENDING',
    submittedAt: null
  }
  const comments: ReviewComment[] = read.map(one => ({
    ...one,
    id: nextRecord(call.world.state),
    review: review.id,
    user
  }))
  pull.reviews.push(review)
  pull.comments.push(...comments)
  if (event !== null) submit(call, { issue, pull, review }, event)
  return ok(reviewJson(call.world, call.repository, issue, review))
}

function submit(call: RepositoryCall, subject: Subject, event: ReviewEvent): void {
  const { issue, pull, review } = subject
  const { world, repository } = call
  review.state = STATES[event]
  review.submittedAt = stamp(world)
  issue.updatedAt = review.submittedAt
  tell(call, subject, 'submitted')
  for (const comment of pull.comments.filter(one => one.review === review.id)) {
    tellLineComment(call, { issue, pull, comment }, 'created')
  }
  repository.updatedAt = review.submittedAt
}

function tell(call: RepositoryCall, subject: Subject, action: 'submitted' | 'dismissed'): void {
  const { world, repository } = call
  const { issue, pull, review } = subject
  const json = reviewJson(world, repository, issue, review)
  announce(sceneOf(call), 'pull_request_review', {
    action,
    // Webhooks write the state in lower case and an empty body as null; REST does not.
    review: {
      ...json,
      state: json.state.toLowerCase(),
      body: json.body === '' ? null : json.body
    },
    pull_request: pullSimpleJson(world, repository, issue, pull)
  })
}

function submitReview(call: RepositoryCall): Answer {
  const subject = locate(call)
  const { issue, pull, review } = subject
  const fields = fieldsOf(call.body)
  fields.requiredText('event')
  const event = fields.oneOf('event', EVENTS) ?? 'COMMENT'
  const body = fields.text('body') ?? review.body
  if (review.state !== 'PENDING') throw validationFailed('Review has already been submitted')
  const lines = pull.comments.filter(one => one.review === review.id).length
  checkEvent(call, issue, { event, body, lines })
  review.body = body
  submit(call, subject, event)
  return ok(reviewJson(call.world, call.repository, issue, review))
}

function dismissReview(call: RepositoryCall): Answer {
  const subject = locate(call)
  fieldsOf(call.body).requiredText('message')
  const { issue, review } = subject
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw validationFailed('Can not dismiss a commented pull request review')
  }
  review.state = 'DISMISSED'
  tell(call, subject, 'dismissed')
  return ok(reviewJson(call.world, call.repository, issue, review))
}

function getReview(call: RepositoryCall): Answer {
  const { issue, review } = locate(call)
  return ok(reviewJson(call.world, call.repository, issue, review))
}

function listReviews(call: RepositoryCall): Promise<Answer> {
  const { issue, pull } = findPull(call)
  const shown = pull.reviews.filter(review => isVisible(call, review))
  return paged(call, shown, review => reviewJson(call.world, call.repository, issue, review))
}

function listReviewComments(call: RepositoryCall): Promise<Answer> {
  const { issue, pull, review } = locate(call)
  const found = pull.comments.filter(comment => comment.review === review.id)
  return paged(call, found, one => reviewCommentJson(call.world, call.repository, issue, one))
}
