/** Step 4, where the person goes to GitHub, and step 5, what has become of it. */
import { html } from 'hono/html'
import { registrationManifest } from '#app/core/app-manifest.ts'
import type { GitHubPlace } from '#app/core/set-up.ts'
import { failureBox, type Html, page, type Where } from './layout.ts'
import type { Draft, Progress, SetUpParts } from './parts.ts'
import { T } from './texts.ts'

/** A draft whose steps are all done. */
export type Complete = Draft & {
  readonly server: NonNullable<Draft['server']>
  readonly agent: NonNullable<Draft['agent']>
}

export function isComplete(draft: Draft): draft is Complete {
  return draft.server !== null && draft.agent !== null && draft.name !== ''
}

/** Docs: "Registering a GitHub App from a manifest", step 1: the form's address and its one field. */
export function createPage(
  where: Where,
  parts: SetUpParts,
  about: {
    readonly draft: Complete
    readonly github: GitHubPlace
    /** Where the browser reaches us. */
    readonly origin: string
    readonly state: string
  }
): Html {
  const { draft, github, origin, state } = about
  const t = T.create
  const hookUrl =
    draft.server.kind === 'tunnel' ? draft.server.url : `${draft.server.url}${parts.webhookPath}`
  const home = draft.server.kind === 'public' ? draft.server.url : origin
  const manifest = registrationManifest(parts.manifest, {
    name: draft.name,
    hookUrl,
    redirectUrl: `${origin}/setup/created`,
    setupUrl: `${home}/setup/installed`
  })
  const owner = draft.organization === null ? '' : `/organizations/${draft.organization}`
  const action = `${github.webUrl}${owner}/settings/apps/new?state=${state}`
  const body = html`<p>${t.intro}</p>
<dl><dt>${t.owner}</dt><dd>${draft.organization ?? t.me}</dd>
<dt>${t.name}</dt><dd>${draft.name}</dd>
<dt>${t.hook}</dt><dd><code>${hookUrl}</code></dd>
<dt>${t.agent}</dt><dd>${draft.agent.name === 'command' ? html`<code>${draft.agent.command.join(' ')}</code>` : T.agent[draft.agent.name]}</dd>
<dt>${t.settings}</dt><dd><code>${parts.files.path}</code></dd></dl>
<form method="post" action="${action}"><input type="hidden" name="manifest" value="${JSON.stringify(manifest)}">
<div class="go"><button>${t.button(new URL(github.webUrl).host)}</button></div></form>
<h2>${t.permissions}</h2>
<table><thead><tr><th scope="col">${t.permission}</th><th scope="col">${t.access}</th><th scope="col">${t.why}</th></tr></thead>
<tbody>${parts.manifest.permissions.map(one => html`<tr><td><code>${one.name}</code></td><td>${one.access}</td><td>${one.reason}</td></tr>`)}</tbody></table>
<h2>${t.events}</h2>
<table><thead><tr><th scope="col">${t.event}</th><th scope="col">${t.why}</th></tr></thead>
<tbody>${parts.manifest.events.map(one => html`<tr><td><code>${one.name}</code></td><td>${one.reason}</td></tr>`)}</tbody></table>`
  return page(t.title, where, body)
}

export function finishPage(where: Where, parts: SetUpParts, progress: Progress): Html {
  const t = T.finish
  const retry = (label: string): Html =>
    html`<form method="post" action="${where.base}/retry"><div class="go"><button>${label}</button></div></form>`
  switch (progress.kind) {
    case 'asking':
      return page(
        t.failed,
        where,
        html`${failureBox(progress.failure)}<p>${t.failedHint}</p><div class="go"><a class="button" href="${where.base}/create">${t.again}</a></div>`
      )
    case 'made':
      if (progress.failure === null) return waiting(where)
      return page(
        t.made,
        where,
        html`${failureBox(progress.failure)}<p>${t.madeHint}</p>${retry(t.retryKeep)}`
      )
    case 'kept':
      if (progress.failure === null) return waiting(where)
      return page(
        t.kept,
        where,
        html`${failureBox(progress.failure)}<p>${t.keptHint}</p>${retry(t.retryStart)}`
      )
    case 'fetching':
      return waiting(where)
    case 'running':
      return page(t.running, where, runningView(parts, progress.app))
  }
}

function waiting(where: Where): Html {
  const t = T.finish
  return page(
    t.waiting,
    where,
    html`<p>${t.waitingHint}</p><div class="go"><a class="button" href="${where.base}/finish">${t.look}</a></div>`
  )
}

function runningView(
  parts: SetUpParts,
  app: { readonly name: string; readonly pageUrl: string }
): Html {
  const t = T.finish
  return html`<ul class="done"><li>${t.doneApp(app.name)}</li><li>${t.doneServer}</li><li>${t.doneFiles(parts.files.path)}</li></ul>
<div class="go"><a class="button" href="${app.pageUrl}/installations/new">${t.install}</a></div>
<h2>${t.next}</h2>${nextSteps()}`
}

/** What to do once the App is installed. */
export function nextSteps(): Html {
  const t = T.finish
  return html`<ol class="next"><li>${t.nextIssue}</li><li>${t.nextRun}</li><li>${t.nextWatch}</li></ol>
<p class="quiet">${t.doctor}</p>`
}
