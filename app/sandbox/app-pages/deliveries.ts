/** Recent deliveries of the App's webhook, with what was sent and what came back. */
import { html } from 'hono/html'
import type { RegisteredApp } from '#app/sandbox/app.ts'
import { page, type Sheet } from '#app/sandbox/page/layout.ts'
import { recentDeliveries } from '#app/sandbox/recent-deliveries.ts'
import type { Delivery } from '#app/sandbox/webhooks.ts'
import type { World } from '#app/sandbox/world.ts'
import { FORMS } from './parts.ts'

/** A page stays readable; the API has the rest. */
const SHOWN = 50

export function deliveriesPage(world: World, app: RegisteredApp): Sheet {
  const all = recentDeliveries(world)
  const crumbs = [
    ['GitHub Apps', '/settings/apps'],
    [app.name, `/settings/apps/${app.slug}`]
  ] as const
  const body = html`<h2>Recent deliveries</h2>
<p class="quiet">${all.length} in the past three days${all.length > SHOWN ? `, the last ${SHOWN} are shown` : ''}.</p>
${all.slice(0, SHOWN).map(one => deliveryView(app, one))}`
  return page('Advanced', crumbs, body)
}

function deliveryView(app: RegisteredApp, delivery: Delivery) {
  const { outcome } = delivery
  const isGood = outcome !== null && outcome.status === 'OK'
  const name = delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`
  return html`<details>
<summary><span class="${isGood ? 'success' : 'failure'}">${isGood ? '✓' : '✗'}</span> <code>${delivery.guid}</code> ${name}${delivery.redelivery ? ' · redelivery' : ''} <span class="quiet">${delivery.at}</span></summary>
<p>${outcome?.status ?? ''} · ${outcome?.statusCode ?? 0} · ${delivery.durationMs} ms</p>
<form method="post" action="${FORMS}/apps/${app.slug}/deliveries/${String(delivery.id)}"><button>Redeliver</button></form>
<h3>Request</h3>
<pre>${headersText(outcome?.requestHeaders ?? {})}</pre>
<pre>${JSON.stringify(JSON.parse(delivery.body), null, 2)}</pre>
<h3>Response</h3>
<pre>${headersText(outcome?.responseHeaders ?? {})}</pre>
<pre>${outcome?.response ?? ''}</pre>
</details>`
}

function headersText(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}
