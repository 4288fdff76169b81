/** The App's settings as its owner sees them: general, permissions and events, deliveries. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import type { RegisteredApp } from '#app/sandbox/app.ts'
import { eventsOf, isKnownEvent, KNOWN_EVENTS } from '#app/sandbox/events.ts'
import { PERMISSIONS } from '#app/sandbox/manifest/permissions.ts'
import { page, type Sheet } from '#app/sandbox/page/layout.ts'
import { show } from '#app/sandbox/page/show.ts'
import type { Access } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { deliveriesPage } from './deliveries.ts'
import { appOf, FORMS, readForm } from './parts.ts'

export function addSettingsPages(app: Hono, world: World): void {
  app.get('/settings/apps', context => show(world, context, listPage(world)))
  for (const base of ['/settings/apps/:slug', '/organizations/:org/settings/apps/:slug']) {
    app.get(base, context => show(world, context, generalPage(world, appOf(world, context))))
    app.get(`${base}/permissions`, context =>
      show(world, context, rightsPage(appOf(world, context)))
    )
    app.get(`${base}/advanced`, context =>
      show(world, context, deliveriesPage(world, appOf(world, context)))
    )
    app.get(`${base}/installations`, context => {
      appOf(world, context)
      return context.redirect('/settings/installations')
    })
  }
  app.post(`${FORMS}/apps/:slug/webhook`, context => saveWebhook(world, context))
  app.post(`${FORMS}/apps/:slug/permissions`, context => savePermissions(world, context))
  app.post(`${FORMS}/apps/:slug/deliveries/:id`, context => redeliver(world, context))
}

function listPage(world: World): Sheet {
  const { app } = world
  const body = html`${app === null ? html`<p class="quiet">None yet.</p>` : html`<ul class="plain"><li><a href="/settings/apps/${app.slug}">${app.name}</a></li></ul>`}
<p><a href="/settings/apps/new">New GitHub App</a></p>`
  return page('GitHub Apps', [], body)
}

function crumbsOf({ name, slug }: RegisteredApp): ReadonlyArray<readonly [string, string]> {
  return [
    ['GitHub Apps', '/settings/apps'],
    [name, `/settings/apps/${slug}`]
  ]
}

function generalPage(world: World, app: RegisteredApp): Sheet {
  const { target } = world.webhooks
  const base = `/settings/apps/${app.slug}`
  const body = html`<p><a href="${base}/permissions">Permissions &amp; events</a> · <a href="${base}/advanced">Advanced</a> · <a href="/apps/${app.slug}/installations/new">Install App</a></p>
<table><tbody>
<tr><th>App ID</th><td>${app.id}</td></tr>
<tr><th>Client ID</th><td><code>${app.clientId}</code></td></tr>
<tr><th>Owned by</th><td>${app.owner.login}</td></tr>
<tr><th>Homepage URL</th><td>${app.externalUrl}</td></tr>
</tbody></table>
<h2>Webhook</h2>
<form class="wide" method="post" action="${FORMS}/apps/${app.slug}/webhook">
<p><label><input type="checkbox" name="active" ${target !== null && target.active !== false ? 'checked' : ''}> Active</label></p>
<p><label>Webhook URL <input name="url" type="url" size="50" value="${target?.url ?? ''}"></label></p>
<p><label>Webhook secret <input name="secret" type="password" placeholder="${(target?.secret ?? '') === '' ? 'none' : 'unchanged'}"></label></p>
<button>Save changes</button>
</form>`
  return page(app.name, crumbsOf(app).slice(0, 1), body)
}

async function saveWebhook(world: World, context: Context): Promise<Response> {
  const app = appOf(world, context)
  const field = await readForm(context)
  const url = field('url')[0] ?? ''
  const secret = field('secret')[0] ?? ''
  const before = world.webhooks.target
  const isAddress = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (url !== '' && !isAddress) {
    throw new AppError('INVALID_ARGUMENT', `saving the webhook: "${url}" is no web address`)
  }
  world.webhooks.target =
    url === ''
      ? null
      : {
          ...before,
          url,
          secret: secret === '' ? (before?.secret ?? '') : secret,
          active: field('active').length > 0
        }
  return context.redirect(`/settings/apps/${app.slug}`, 303)
}

function rightsPage(app: RegisteredApp): Sheet {
  const kept = eventsOf(app)
  const choice = (name: string) => {
    const held = app.permissions[name] ?? ''
    const option = (value: string, words: string) =>
      html`<option value="${value}" ${held === value ? 'selected' : ''}>${words}</option>`
    return html`<tr><th><label for="permission-${name}">${name}</label></th>
<td><select id="permission-${name}" name="permission-${name}">${option('', 'No access')}${option('read', 'Read-only')}${option('write', 'Read and write')}</select></td></tr>`
  }
  const body = html`<p>An installation keeps what it had until its owner accepts what is new.</p>
<form class="wide" method="post" action="${FORMS}/apps/${app.slug}/permissions">
<h2>Permissions</h2>
<table><tbody>${PERMISSIONS.filter(name => name !== 'metadata').map(choice)}</tbody></table>
<h2>Subscribe to events</h2>
<ul class="plain">${KNOWN_EVENTS.map(
    event =>
      html`<li><label><input type="checkbox" name="event" value="${event}" ${kept.includes(event) ? 'checked' : ''}> ${event}</label></li>`
  )}</ul>
<button>Save changes</button>
</form>`
  return page('Permissions & events', crumbsOf(app), body)
}

async function savePermissions(world: World, context: Context): Promise<Response> {
  const app = appOf(world, context)
  const field = await readForm(context)
  const permissions: Record<string, Access> = { metadata: 'read' }
  for (const name of PERMISSIONS) {
    const [access] = field(`permission-${name}`)
    if (access === 'read' || access === 'write') permissions[name] = access
  }
  app.permissions = permissions
  app.events = field('event').filter(isKnownEvent)
  return context.redirect(`/settings/apps/${app.slug}/permissions`, 303)
}

function redeliver(world: World, context: Context): Response {
  const app = appOf(world, context)
  const id = context.req.param('id')
  const delivery = world.webhooks.log.find(one => String(one.id) === id)
  if (delivery === undefined) {
    throw new AppError('NOT_FOUND', `sending delivery ${id} again: there is no such delivery`)
  }
  world.webhooks.redeliver(delivery)
  return context.redirect(`/settings/apps/${app.slug}/advanced`, 303)
}
