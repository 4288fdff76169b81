/** The frame of every page: one stylesheet, light and dark, no script. */
import { html, raw } from 'hono/html'
import { OWN_APP_OWNER } from '#app/sandbox/app.ts'
import type {
  Comment,
  Issue,
  Label,
  Reaction,
  ReactionContent,
  Repository
} from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { markdownToHtml } from './markdown.ts'

export type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --quiet: #57606a; --link: #0757b8;
  --plus: #dafbe1; --minus: #ffebe9; --good: #1a7f37; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #1c2128; --quiet: #9aa4ae;
  --link: #6cb2ff; --plus: #12351f; --minus: #45191c; --good: #57c46f; --bad: #ff7b72; } }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
a { color: var(--link); } h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; }
nav { color: var(--quiet); } .quiet { color: var(--quiet); }
article { border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; }
article > header { background: var(--soft); padding: .4rem .8rem; border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
article > div { padding: .2rem .8rem .6rem; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; border-radius: 6px; font-size: .85rem; }
code { font-family: ui-monospace, monospace; } :not(pre) > code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; }
ul.plain { list-style: none; padding: 0; } ul.plain > li { border-bottom: 1px solid var(--line); padding: .45rem 0; }
.label { display: inline-block; border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; font-size: .85rem; background: var(--soft); }
.open { color: var(--good); } .success { color: var(--good); } .failure, .cancelled, .timed_out { color: var(--bad); }
.plus { background: var(--plus); } .minus { background: var(--minus); } .line { display: block; white-space: pre-wrap; }
blockquote { border-left: 3px solid var(--line); margin: 0; padding-left: .8rem; color: var(--quiet); }
form { display: inline-block; margin: .2rem .4rem .2rem 0; } form.wide { display: block; }
textarea { width: 100%; min-height: 6rem; box-sizing: border-box; font: inherit; }
button, select, input { font: inherit; padding: .2rem .6rem; }
p.error { border: 1px solid var(--bad); border-radius: 6px; padding: .5rem .8rem; }
`

export function page(title: string, crumbs: ReadonlyArray<readonly [string, string]>, body: Html) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · sandbox</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<nav><a href="/">Sandbox</a>${crumbs.map(([text, href]) => html` / <a href="${href}">${text}</a>`)}</nav>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`
}

/** Text of people as safe HTML; hidden comments are not shown. */
export function prose(text: string | null) {
  if (text === null || text.trim() === '') return html`<p class="quiet">No description.</p>`
  return raw(markdownToHtml(text))
}

export function labelView(label: Label) {
  return html`<span class="label">${label.name}</span> `
}

const FACES: Readonly<Record<ReactionContent, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀'
}

export function reactionsView(reactions: readonly Reaction[]) {
  return reactions.map(
    one => html`<span title="${one.content} by ${one.user.login}">${FACES[one.content]}</span> `
  )
}

export function commentView(comment: Comment) {
  const edited = comment.updatedAt === comment.createdAt ? '' : ', edited'
  return html`<article id="issuecomment-${comment.id}">
<header><strong>${comment.user.login}</strong> <span class="quiet">${comment.createdAt}${edited}</span> ${reactionsView(comment.reactions)}</header>
<div>${prose(comment.body)}</div>
</article>`
}

export function issueHref(repository: Repository, issue: Issue): string {
  return `/${repository.fullName}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`
}

export function stateView(issue: Issue) {
  const word = issue.pull !== null && issue.pull.mergedAt !== null ? 'merged' : issue.state
  return html`<span class="${word}">${word}</span>`
}

/** Chooses who acts; every person the sandbox knows, but the App and its owner. */
export function actAs(world: World) {
  const people = [...world.state.accounts.values()].filter(
    one => one.type === 'User' && one.login !== OWN_APP_OWNER
  )
  return html`<label>as <select name="by">${people.map(one => html`<option>${one.login}</option>`)}</select></label>`
}
