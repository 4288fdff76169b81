/** The pages of an issue and of a pull request, with what both have. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { closedBy } from '#app/sandbox/issue-changes.ts'
import type { Issue, Repository } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { checkList } from './checks.ts'
import { conversation } from './conversation.ts'
import { type Html, repositorySheet } from './layout.ts'
import { pullHead, pullParts } from './pull.ts'
import { show } from './show.ts'
import { issueHref, issueOf, repositoryOf, type Site } from './site.ts'
import { viewerOf } from './viewer.ts'
import { labelView, personView, prose, reactionsView, stateView, timeView } from './views.ts'

export function addIssuePages(app: Hono, { world }: Site): void {
  for (const kind of ['issues', 'pull'] as const) {
    app.get(`/:owner/:name/${kind}/:number`, async context => {
      const repository = repositoryOf(world, context)
      const issue = issueOf(repository, context)
      const href = issueHref(repository, issue)
      if (!href.includes(`/${kind}/`)) return context.redirect(href)
      const body = await issueBody(world, context, { repository, issue })
      return show(
        world,
        context,
        repositorySheet(repository, `${issue.title} #${issue.number}`, body)
      )
    })
  }
}

interface At {
  readonly repository: Repository
  readonly issue: Issue
}

async function issueBody(world: World, context: Context, at: At): Promise<Html> {
  const { repository, issue } = at
  const { pull } = issue
  const action = `/_sandbox/${repository.fullName}/issues/${issue.number}`
  const viewer = viewerOf(world, context, repository)
  return html`<p>${stateView(issue)} · opened by ${personView(issue.user)} ${timeView(issue.createdAt)} ${reactionsView(issue.reactions)}</p>
${pull === null ? '' : pullHead(pull)}
${labelForms(repository, issue, action)}
<article><div>${prose(issue.body)}</div></article>
${pull === null ? linkedPulls(world, repository, issue) : ''}
${conversation({ repository, issue, viewer, action })}
${talkForms(issue, action)}
${pull === null ? '' : await pullParts(world, context, { repository, issue, pull })}`
}

function labelForms({ labels: known }: Repository, { labels }: Issue, action: string): Html {
  return html`<div>${labels.map(
    label => html`<form class="chip" method="post" action="${action}/labels/remove">
<input type="hidden" name="label" value="${label.name}">${labelView(label)} <button aria-label="Remove ${label.name}" title="Remove">✕</button>
</form>`
  )}<form method="post" action="${action}/labels/add">
<label>Label <input name="label" list="labels" required maxlength="50" autocomplete="off"></label> <button>Add label</button>
<datalist id="labels">${known.map(one => html`<option value="${one.name}"></option>`)}</datalist>
</form></div>`
}

/** Pull requests that close this issue when they are merged, and how their checks stand. */
function linkedPulls(world: World, repository: Repository, issue: Issue): Html {
  const linked = repository.issues.filter(
    one => one.pull !== null && closedBy(world, repository, one).includes(issue.number)
  )
  if (linked.length === 0) return html``
  return html`<h2>Linked pull requests</h2>
${linked.map(one => {
  const runs = repository.checkRuns.filter(run => run.headSha === one.pull?.headSha)
  return html`<p>${stateView(one)} <a href="${issueHref(repository, one)}">${one.title} #${one.number}</a></p>
${checkList(repository, runs)}`
})}`
}

function talkForms(issue: Issue, action: string): Html {
  const other = issue.state === 'open' ? 'closed' : 'open'
  return html`<form class="wide" id="new-comment" method="post" action="${action}/comments">
<p><label>Comment <textarea name="body" required></textarea></label></p>
<button class="go">Comment</button>
</form>
<form method="post" action="${action}/state">
<input type="hidden" name="state" value="${other}"><button>${other === 'open' ? 'Reopen' : 'Close'}</button>
</form>`
}
