/** The pages of an issue and of a pull request. */
import { html } from 'hono/html'
import { readDiff } from '#app/sandbox/git/diff.ts'
import { mergeBase } from '#app/sandbox/git/read.ts'
import type { Issue, Pull, Repository } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import {
  actAs,
  commentView,
  type Html,
  issueHref,
  labelView,
  page,
  prose,
  reactionsView,
  stateView
} from './layout.ts'

export async function issuePage(world: World, repository: Repository, issue: Issue): Promise<Html> {
  const comments = repository.comments.filter(comment => comment.issue === issue.number)
  const pull = issue.pull === null ? '' : await pullView(world, repository, issue.pull)
  const body = html`
<p>${stateView(issue)} · opened by ${issue.user.login} <span class="quiet">${issue.createdAt}</span> ${reactionsView(issue.reactions)}</p>
<p>${issue.labels.map(labelView)}</p>
<article><div>${prose(issue.body)}</div></article>
${comments.map(commentView)}
${issueForms(world, repository, issue)}
${pull}`
  const crumbs = [[repository.fullName, `/${repository.fullName}`]] as const
  return page(`${issue.title} #${issue.number}`, crumbs, body)
}

function issueForms(world: World, repository: Repository, issue: Issue) {
  const action = `/_sandbox${issueHref(repository, issue).replace('/pull/', '/issues/')}`
  const other = issue.state === 'open' ? 'closed' : 'open'
  return html`
<form class="wide" method="post" action="${action}/comments">
<textarea name="body" required aria-label="Comment"></textarea>
${actAs(world)} <button>Comment</button>
</form>
<form method="post" action="${action}/labels/add">
<input name="label" list="labels" required placeholder="label" aria-label="Label"> ${actAs(world)} <button>Add label</button>
<datalist id="labels">${repository.labels.map(label => html`<option value="${label.name}"></option>`)}</datalist>
</form>
${issue.labels.map(
  label => html`<form method="post" action="${action}/labels/remove">
<input type="hidden" name="label" value="${label.name}">${actAs(world)} <button>Remove “${label.name}”</button>
</form>`
)}
<form method="post" action="${action}/state">
<input type="hidden" name="state" value="${other}">${actAs(world)} <button>${other === 'open' ? 'Reopen' : 'Close'}</button>
</form>`
}

async function pullView(world: World, repository: Repository, pull: Pull) {
  const { folder } = repository
  const from = await mergeBase(world.git, folder, pull.baseSha, pull.headSha)
  const range = { from: from ?? pull.baseSha, to: pull.headSha }
  const diff = await readDiff(world.git, folder, range)
  const checks = repository.checkRuns.filter(run => run.headSha === pull.headSha)
  const reviews = pull.reviews.filter(review => review.submittedAt !== null)
  return html`
<h2>Branch</h2>
<p><code>${pull.headRef}</code> into <code>${pull.baseRef}</code>, head <code>${pull.headSha.slice(0, 7)}</code></p>
<h2>Checks</h2>
<ul class="plain">${checks.map(
    run => html`<li><a href="/${repository.fullName}/runs/${run.id}">${run.name}</a>
<span class="${run.conclusion ?? ''}">${run.conclusion ?? run.status}</span> ${run.title ?? ''}</li>`
  )}</ul>
<h2>Reviews</h2>
${reviews.map(
  review => html`<article><header><strong>${review.user.login}</strong> ${review.state.toLowerCase().replace('_', ' ')} <span class="quiet">${review.submittedAt}</span></header>
<div>${prose(review.body)}${pull.comments
    .filter(comment => comment.review === review.id)
    .map(
      comment =>
        html`<p><code>${comment.path}${comment.line === null ? '' : `:${comment.line}`}</code></p>${prose(comment.body)}`
    )}</div></article>`
)}
<h2>Changes</h2>
<pre>${diff.split('\n').map(line => html`<span class="line ${kindOf(line)}">${line}</span>`)}</pre>`
}

function kindOf(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return ''
  if (line.startsWith('+')) return 'plus'
  return line.startsWith('-') ? 'minus' : ''
}
