/** What a pull request has beyond an issue: branch, checks, merging, review, commits, changes. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { FileChange } from '#app/sandbox/git/diff.ts'
import { type Commit, readLog } from '#app/sandbox/git/read.ts'
import type { Issue, Pull, Repository } from '#app/sandbox/state.ts'
import { isMergeable, pullFiles } from '#app/sandbox/wire/pull.ts'
import type { World } from '#app/sandbox/world.ts'
import { checkList } from './checks.ts'
import { countsView, diffView } from './diff.ts'
import type { Html } from './layout.ts'
import { shaView, timeView } from './views.ts'

/** The form for a comment on a line; numbers of lines lead to it. */
const LINE_FORM = 'line-comment'

interface At {
  readonly repository: Repository
  readonly issue: Issue
  readonly pull: Pull
}

export function pullHead(pull: Pull): Html {
  return html`<p><code>${pull.headRef}</code> into <code>${pull.baseRef}</code>, head ${shaView(pull.headSha)}</p>
<nav class="tabs" aria-label="Pull request"><a href="#checks">Checks</a> <a href="#merge">Merge</a> <a href="#review">Review</a> <a href="#commits">Commits</a> <a href="#changes">Changes</a></nav>`
}

export async function pullParts(world: World, context: Context, at: At): Promise<Html> {
  const { repository, issue, pull } = at
  const action = `/_sandbox/${repository.fullName}/pull/${issue.number}`
  const [files, commits, mergeable] = await Promise.all([
    pullFiles(world, repository, pull),
    readLog(world.git, repository.folder, {
      include: pull.headSha,
      exclude: pull.baseSha,
      oldestFirst: true
    }),
    isMergeable(world, repository, issue, pull)
  ])
  const checks = repository.checkRuns.filter(run => run.headSha === pull.headSha)
  return html`<h2 id="checks">Checks</h2>
${checkList(repository, checks)}
<h2 id="merge">Merge</h2>
${mergeView(at, action, mergeable)}
<h2 id="review">Review</h2>
${reviewForm(action)}
<h2 id="commits">Commits</h2>
${commitList(commits)}
<h2 id="changes">Changes</h2>
${changesView(files)}
${lineForm(files, action, context)}`
}

function mergeView({ issue, pull }: At, action: string, mergeable: boolean | null): Html {
  if (pull.mergedAt !== null) {
    const who = pull.mergedBy === null ? '' : ` by ${pull.mergedBy.login}`
    return html`<p>Merged${who} ${timeView(pull.mergedAt)}</p>`
  }
  if (issue.state === 'closed') return html`<p>Closed without being merged.</p>`
  const words =
    mergeable === false
      ? html`<p class="state failure">✗ Conflicts with ${pull.baseRef} must be resolved first.</p>`
      : html`<p class="state success">✓ No conflicts with ${pull.baseRef}.</p>`
  return html`${words}${pull.draft ? html`<p>A draft cannot be merged.</p>` : ''}
<form method="post" action="${action}/merge">
<input type="hidden" name="sha" value="${pull.headSha}">
<label>Method <select name="method"><option value="merge">merge commit</option><option value="squash">squash</option></select></label>
<button class="go">Merge pull request</button>
</form>`
}

function reviewForm(action: string): Html {
  const choice = (event: string, words: string, mark = ''): Html =>
    html`<label><input type="radio" name="event" value="${event}" required ${mark}> ${words}</label> `
  return html`<form class="wide" method="post" action="${action}/reviews">
<p><label>Review <textarea name="body"></textarea></label></p>
<p>${choice('COMMENT', 'Comment', 'checked')}${choice('APPROVE', 'Approve')}${choice('REQUEST_CHANGES', 'Request changes')}</p>
<button class="go">Submit review</button>
</form>`
}

function commitList(commits: readonly Commit[]): Html {
  return html`<ul class="plain">${commits.map(
    one =>
      html`<li>${shaView(one.sha)} ${one.message.split('\n')[0]} <span class="quiet">${one.author.name} ${timeView(one.author.date)}</span></li>`
  )}</ul>`
}

function changesView(files: readonly FileChange[]): Html {
  const total = {
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0)
  }
  return html`<p>${files.length} ${files.length === 1 ? 'file' : 'files'} ${countsView(total)}. The number of a line leads to a comment on it.</p>
${diffView(files, LINE_FORM)}`
}

function lineForm(files: readonly FileChange[], action: string, context: Context): Html {
  const asked = (name: string): string => context.req.query(name) ?? ''
  const option = (value: string, words: string, wanted: string): Html =>
    html`<option value="${value}" ${value === wanted ? 'selected' : ''}>${words}</option>`
  return html`<form class="wide" id="${LINE_FORM}" method="post" action="${action}/comments">
<fieldset><legend>Comment on a line</legend>
<p><label>File <select name="path">${files.map(({ path }) => option(path, path, asked('path')))}</select></label>
<label>Line <input class="short" name="line" type="number" min="1" required value="${asked('line')}"></label>
<label>of <select name="side">${option('RIGHT', 'the new text', asked('side'))}${option('LEFT', 'the old text', asked('side'))}</select></label></p>
<p><label>Words <textarea name="body" required></textarea></label></p>
<button>Comment on the line</button>
</fieldset>
</form>`
}
