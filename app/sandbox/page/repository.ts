/** The page of a repository: its issues and pull requests, open or closed, and its checks. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { Issue, Repository } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { checkList } from './checks.ts'
import { onRepository } from './forms.ts'
import { type Html, page, type Sheet } from './layout.ts'
import { show } from './show.ts'
import { issueHref, repositoryOf, type Site } from './site.ts'
import { labelView, stateView, timeView } from './views.ts'

const FILTERS = ['open', 'closed', 'all'] as const
type Filter = (typeof FILTERS)[number]

export function addRepositoryPages(app: Hono, site: Site): void {
  const { world } = site
  app.get('/:owner/:name', context => {
    const asked = context.req.query('state')
    const filter = FILTERS.find(one => one === asked) ?? 'open'
    return show(world, context, sheet(world, repositoryOf(world, context), filter))
  })
  app.post('/_sandbox/:owner/:name/issues', context => createIssue(site, context))
}

function createIssue(site: Site, context: Context): Promise<Response> {
  return onRepository(site, context, (field, { fullName }) => ({
    method: 'POST',
    path: '/issues',
    body: { title: field('title'), body: field('body') },
    next: ({ number }) => `/${fullName}/issues/${String(number)}`
  }))
}

function sheet(world: World, repository: Repository, filter: Filter): Sheet {
  const { fullName, issues, checkRuns } = repository
  const isShown = ({ state }: Issue): boolean => filter === 'all' || state === filter
  const newest = issues.filter(isShown).toReversed()
  const body = html`<p><code>git clone ${world.url}/${fullName}.git</code></p>
<nav class="tabs" aria-label="Repository">
${FILTERS.map(one => filterLink(repository, one, filter))}
<a href="/${fullName}/labels">Labels</a>
</nav>
<h2>Issues</h2>
${issueList(
  repository,
  newest.filter(one => one.pull === null)
)}
<details ${issues.length === 0 ? 'open' : ''}><summary>New issue</summary>
<form class="wide" method="post" action="/_sandbox/${fullName}/issues">
<p><label>Title <input class="long" name="title" required maxlength="256"></label></p>
<p><label>Body <textarea name="body"></textarea></label></p>
<button class="go">Create issue</button>
</form></details>
<h2>Pull requests</h2>
${issueList(
  repository,
  newest.filter(one => one.pull !== null)
)}
<h2>Checks</h2>
${checkList(repository, checkRuns)}`
  return page(fullName, [], body, { repository })
}

function filterLink({ fullName, issues }: Repository, filter: Filter, current: Filter): Html {
  const count = issues.filter(one => filter === 'all' || one.state === filter).length
  const href = `/${fullName}?state=${filter}`
  return filter === current
    ? html`<a href="${href}" aria-current="page">${count} ${filter}</a>`
    : html`<a href="${href}">${count} ${filter}</a>`
}

function issueList(repository: Repository, issues: readonly Issue[]): Html {
  if (issues.length === 0) return html`<p class="quiet">None.</p>`
  return html`<ul class="plain">${issues.map(
    issue => html`<li>${stateView(issue)} <a href="${issueHref(repository, issue)}">${issue.title}</a> ${issue.labels.map(one => html`${labelView(one)} `)}
<span class="quiet">#${issue.number} by ${issue.user.login} ${timeView(issue.createdAt)}</span></li>`
  )}</ul>`
}
