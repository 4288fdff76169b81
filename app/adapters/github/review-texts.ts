import type { ReviewComment } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { personOf, type WireUser } from './person.ts'

const PAGE = 100

/**
 * A line comment is drafted before its review is submitted, and that stamps it anew, not always
 * within the same second: only what was written later than this behind it is an edit.
 */
const SUBMITTING_MS = 5_000

/**
 * All submitted reviews of a pull request, as `GitHubReads.reviewTexts` says.
 * Line comments come from the list of the pull request, because the list of one review does not say
 * lines (docs: "List comments for a pull request review" gives positions in the diff). A review
 * that is still pending is its author's draft.
 */
export async function readReviewTexts(
  client: ReturnType<Connection['read']>,
  place: { readonly owner: string; readonly repo: string; readonly pull_number: number },
  expected: number | null
): Promise<readonly ReviewComment[]> {
  const [listed, lines] = await Promise.all([
    client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
      ...place,
      per_page: PAGE
    }),
    client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
      ...place,
      per_page: PAGE
    })
  ])
  const reviews: WireReview[] = [...listed]
  if (expected !== null && !listed.some(({ id }) => Number(id) === expected)) {
    const { data } = await client.request(
      'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}',
      { ...place, review_id: expected }
    )
    reviews.push(data)
  }
  const own = reviews.flatMap(reviewText)
  const submittedAt = new Map(own.map(text => [text.reviewId, text.createdAt]))
  const texts = [...own, ...lines.map(line => lineComment(line, submittedAt))]
  return texts
    .filter(text => text.place !== null || text.body !== '')
    .toSorted((left, right) => Date.parse(left.createdAt) - Date.parse(right.createdAt))
}

interface WireReview {
  readonly id: number | bigint
  readonly user: WireUser | null
  readonly body: string
  readonly author_association: string
  readonly submitted_at?: string
}

function reviewText(review: WireReview): readonly ReviewComment[] {
  if (review.submitted_at === undefined) return []
  const id = Number(review.id)
  return [
    {
      id,
      reviewId: id,
      author: personOf(review.user),
      association: review.author_association,
      body: review.body,
      createdAt: review.submitted_at,
      // GitHub does not say over REST when a review's own text was edited.
      updatedAt: review.submitted_at,
      place: null
    }
  ]
}

interface WireLine {
  readonly id: number | bigint
  readonly pull_request_review_id: number | bigint | null
  readonly user: WireUser | null
  readonly author_association: string
  readonly body: string
  readonly created_at: string
  readonly updated_at: string
  readonly path: string
  readonly line?: number | null
  readonly original_line?: number | null
}

function lineComment(
  wire: WireLine,
  submittedAt: ReadonlyMap<number | null, string>
): ReviewComment {
  const review = wire.pull_request_review_id
  const reviewId = review === null ? null : Number(review)
  const createdAt = submittedAt.get(reviewId) ?? wire.created_at
  const isEdited = Date.parse(wire.updated_at) > Date.parse(createdAt) + SUBMITTING_MS
  const line = wire.line ?? wire.original_line
  return {
    id: Number(wire.id),
    reviewId,
    author: personOf(wire.user),
    association: wire.author_association,
    body: wire.body,
    createdAt,
    updatedAt: isEdited ? wire.updated_at : createdAt,
    place: line == null ? wire.path : `${wire.path}:${line}`
  }
}
