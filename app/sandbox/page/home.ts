/** The first page: repositories, people, and how the App fares. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { RegisteredApp } from '#app/sandbox/app.ts'
import type { Delivery } from '#app/sandbox/webhooks.ts'
import type { World } from '#app/sandbox/world.ts'
import { type Html, page, type Sheet } from './layout.ts'
import { show } from './show.ts'
import type { Site } from './site.ts'
import { people } from './viewer.ts'

export function addHomePage(app: Hono, { world }: Site): void {
  app.get('/', context => show(world, context, homeSheet(world)))
}

function homeSheet(world: World): Sheet {
  const all = [...world.state.repositories.values()]
  const body = html`<p>GitHub on this machine. Clone a repository from <code>${world.url}/OWNER/NAME.git</code>.</p>
${all.length === 0 ? html`<p class="quiet">None yet.</p>` : ''}
<ul class="plain">${all.map(
    one =>
      html`<li><a href="/${one.fullName}">${one.fullName}</a> <span class="quiet">${one.private ? 'private' : 'public'}, ${one.issues.length} issues and pull requests</span></li>`
  )}</ul>
<h2>People</h2>
<p>You act as one of them on all pages. Who is new is a stranger everywhere.</p>
<ul>${people(world).map(one => html`<li>${one.login}</li>`)}</ul>
<form method="post" action="/_sandbox/people">
<label>Login <input name="login" required maxlength="39" autocomplete="off"></label> <button>Add and act as this person</button>
</form>
<h2>GitHub App</h2>
${world.app === null ? html`<p>None yet. <a href="/settings/apps/new">Register one</a>.</p>` : appView(world, world.app)}
<h2>Faults</h2>
<p><a href="/_sandbox/faults">Let calls and deliveries go wrong</a></p>`
  return page('Repositories', [], body)
}

function appView(world: World, app: RegisteredApp): Html {
  return html`<p><a href="/settings/apps/${app.slug}">${app.name}</a> · <a href="/settings/apps/${app.slug}/advanced">Deliveries</a>: ${deliveryWords(world)}</p>`
}

/** A delivery that was sent again counts as it went the last time. */
function deliveryWords({ webhooks }: World): string {
  const last = new Map<string, Delivery>(webhooks.log.map(one => [one.guid, one]))
  const waiting = [...last.values()].filter(one => one.outcome === null).length
  const failed = [...last.values()].filter(
    ({ outcome }) => outcome !== null && outcome.status !== 'OK'
  ).length
  const kept = webhooks.kept.length === 0 ? '' : `, ${webhooks.kept.length} kept back`
  return `${last.size} sent, ${waiting} waiting, ${failed} failed${kept}`
}
