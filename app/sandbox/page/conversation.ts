/** What was said and done on an issue or a pull request, in the order it happened. */
import { html } from 'hono/html'
import type {
  Account,
  Comment,
  Issue,
  IssueEvent,
  Pull,
  Repository,
  Review,
  ReviewComment
} from '#app/sandbox/state.ts'
import type { Html } from './layout.ts'
import { labelView, personView, prose, reactionsView, shaView, timeView } from './views.ts'

interface Told {
  readonly repository: Repository
  readonly issue: Issue
  readonly viewer: Account | null
  /** Where forms of this issue are sent. */
  readonly action: string
}

/** Ids are given in turn, so they tell the order within a second as well. */
export function conversation(told: Told): Html {
  const { repository, issue } = told
  const { pull } = issue
  const reviews = pull?.reviews.filter(one => one.submittedAt !== null) ?? []
  const items = [
    ...repository.comments
      .filter(one => one.issue === issue.number)
      .map(one => ({ id: one.id, view: html`<li>${commentView(told, one)}</li>` })),
    ...issue.events.map(one => ({ id: one.id, view: eventView(one) })),
    ...reviews.map(one => ({ id: one.id, view: html`<li>${reviewView(pull, one)}</li>` }))
  ]
  if (items.length === 0) return html``
  return html`<h2>Timeline</h2>
<ol class="plain">${items.sort((a, b) => a.id - b.id).map(one => one.view)}</ol>`
}

function commentView(told: Told, comment: Comment): Html {
  const edited = comment.updatedAt === comment.createdAt ? '' : ', edited'
  return html`<article id="issuecomment-${comment.id}">
<header>${personView(comment.user)} ${timeView(comment.createdAt)}<span class="quiet">${edited}</span> ${reactionsView(comment.reactions)}</header>
<div>${prose(comment.body, 'Nothing that is shown.')}</div>
${comment.user.id === told.viewer?.id ? editForm(told, comment) : ''}
</article>`
}

function editForm({ action }: Told, { id, body }: Comment): Html {
  return html`<footer><details><summary>Edit</summary>
<form class="wide" method="post" action="${action}/comments/${id}">
<textarea name="body" required aria-label="Comment">
${body}</textarea>
<button>Save</button>
</form></details></footer>`
}

function eventView(event: IssueEvent): Html {
  return html`<li class="event">${personView(event.actor)} ${whatHappened(event)} ${timeView(event.createdAt)}</li>`
}

function whatHappened({ event, label, rename, commit }: IssueEvent): Html {
  if (event === 'labeled' && label !== undefined) return html`put on ${labelView(label)}`
  if (event === 'unlabeled' && label !== undefined) return html`took off ${labelView(label)}`
  if (event === 'renamed' && rename !== undefined) {
    return html`changed the title from “${rename.from}” to “${rename.to}”`
  }
  if (event === 'merged' && commit !== undefined) return html`merged this as ${shaView(commit)}`
  return html`${event} this`
}

function reviewView(pull: Pull | null, review: Review): Html {
  const lines = pull?.comments.filter(one => one.review === review.id) ?? []
  const word = review.state.toLowerCase()
  const text = review.body === '' && lines.length > 0 ? '' : prose(review.body, 'Without words.')
  return html`<article id="pullrequestreview-${review.id}">
<header>${personView(review.user)} <span class="state ${word}">${word.replaceAll('_', ' ')}</span> ${timeView(review.submittedAt ?? '')} <span class="quiet">on</span> ${shaView(review.commit)}</header>
<div>${text}${lines.map(lineCommentView)}</div>
</article>`
}

/** As many lines of the hunk as say where one is. */
const HUNK_LINES = 4

function lineCommentView(comment: ReviewComment): Html {
  const at = comment.line === null ? '' : `:${comment.line}`
  const hunk = comment.diffHunk.split('\n').slice(1).slice(-HUNK_LINES).join('\n')
  return html`<section id="discussion_r${comment.id}">
<p><code>${comment.path}${at}</code></p>
${hunk === '' ? '' : html`<pre>${hunk}</pre>`}
${prose(comment.body)}
</section>`
}
