import type { Comment, Person } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { GitHubReads, IssueText, ReviewComment } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { readPermission } from './permission.ts'

const PAGE = 100

/** Octokit's types allow for ids beyond 2^53; GitHub's are far below. */
interface WireUser {
  readonly id: number | bigint
  readonly login: string
  readonly type: string
}

/** Who GitHub shows in place of a deleted account. */
const GHOST: Person = { id: 10_137, login: 'ghost', type: 'User' }

export function createReads(connection: Connection): GitHubReads {
  const { patiently } = connection

  return {
    permission: (repository, login) => readPermission(connection, repository, login),
    issue: (repository, number) =>
      patiently(async () => {
        const { data } = await connection
          .read(repository)
          .request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
            ...at(repository),
            issue_number: number
          })
        return issueText(data)
      }),
    comments: (repository, number) =>
      patiently(async () => {
        const found = await connection
          .read(repository)
          .paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...at(repository),
            issue_number: number,
            per_page: PAGE
          })
        return found.map(
          (one): Comment => ({
            id: Number(one.id),
            body: one.body ?? '',
            author: personOf(one.user),
            association: one.author_association ?? 'NONE',
            createdAt: one.created_at,
            updatedAt: one.updated_at
          })
        )
      }),
    review: (repository, pullRequest, reviewId) =>
      patiently(() => readReview(connection, repository, { pullRequest, reviewId })),
    labelled: (repository, label) => readLabelled(connection, repository, label)
  }
}

export function at(repository: Repository): { readonly owner: string; readonly repo: string } {
  return { owner: repository.owner, repo: repository.name }
}

function personOf(user: WireUser | null | undefined): Person {
  return user == null ? GHOST : { id: Number(user.id), login: user.login, type: user.type }
}

interface WireIssue {
  readonly number: number
  readonly title: string
  readonly body?: string | null
  readonly user: WireUser | null
  readonly html_url: string
  readonly state: string
  readonly labels: ReadonlyArray<string | { readonly name?: string }>
  readonly updated_at: string
}

function issueText(issue: WireIssue): IssueText {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    author: personOf(issue.user).login,
    url: issue.html_url,
    open: issue.state === 'open',
    labels: issue.labels.map(label => (typeof label === 'string' ? label : (label.name ?? ''))),
    updatedAt: issue.updated_at
  }
}

/**
 * The review's own text, when it has one, then its line comments. These come from the list of the
 * pull request, because the list of one review does not say lines (docs: "List comments for a pull
 * request review" gives positions in the diff).
 */
async function readReview(
  connection: Connection,
  repository: Repository,
  ids: { readonly pullRequest: number; readonly reviewId: number }
): Promise<readonly ReviewComment[]> {
  const client = connection.read(repository)
  const place = { ...at(repository), pull_number: ids.pullRequest }
  const { data: review } = await client.request(
    'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}',
    { ...place, review_id: ids.reviewId }
  )
  const all = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
    ...place,
    per_page: PAGE
  })
  const submittedAt = review.submitted_at ?? ''
  const own: ReviewComment = {
    author: personOf(review.user).login,
    association: review.author_association,
    body: review.body,
    at: submittedAt,
    updatedAt: submittedAt,
    place: null
  }
  const lines = all
    .filter(comment => comment.pull_request_review_id === ids.reviewId)
    .map((comment): ReviewComment => {
      const line = comment.line ?? comment.original_line
      return {
        author: personOf(comment.user).login,
        association: comment.author_association,
        body: comment.body,
        at: comment.created_at,
        updatedAt: comment.updated_at,
        place: line == null ? comment.path : `${comment.path}:${line}`
      }
    })
  return review.body === '' ? lines : [own, ...lines]
}

type Labelled = Awaited<ReturnType<GitHubReads['labelled']>>[number]

async function readLabelled(
  connection: Connection,
  repository: Repository,
  label: string
): Promise<readonly Labelled[]> {
  const client = connection.read(repository)
  const issues = await client.paginate('GET /repos/{owner}/{repo}/issues', {
    ...at(repository),
    labels: label,
    state: 'open',
    per_page: PAGE
  })
  const found: Labelled[] = []
  for (const wire of issues) {
    const issue = issueText(wire)
    // A comma in a label's name would have asked for two labels.
    if (!issue.labels.some(name => isSame(name, label))) continue
    const last = await lastLabelling(client, repository, { issue: issue.number, label })
    found.push({
      issue,
      isPullRequest: wire.pull_request !== undefined,
      by: last?.by ?? null,
      at: last?.at ?? issue.updatedAt
    })
  }
  return found
}

/** Label names are the same in any letter case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

async function lastLabelling(
  client: ReturnType<Connection['read']>,
  repository: Repository,
  subject: { readonly issue: number; readonly label: string }
): Promise<{ readonly by: Person | null; readonly at: string } | null> {
  const timeline = await client.paginate(
    'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline',
    { ...at(repository), issue_number: subject.issue, per_page: PAGE }
  )
  let last: { readonly by: Person | null; readonly at: string } | null = null
  for (const item of timeline) {
    if (item.event !== 'labeled' || !('label' in item) || !('created_at' in item)) continue
    if (!isSame(item.label.name ?? '', subject.label)) continue
    const actor: WireUser | null | undefined = item.actor
    last = { by: actor == null ? null : personOf(actor), at: item.created_at ?? '' }
  }
  return last
}
