/** Faults on command: what goes wrong now, ordering more, and ending it. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { ActiveDeliveryFault, DeliveryFault } from '#app/sandbox/delivery-faults.ts'
import { KNOWN_EVENTS } from '#app/sandbox/events.ts'
import { CALL_FAULTS, DELIVERY_FAULTS } from '#app/sandbox/fault-words.ts'
import type { ActiveFault } from '#app/sandbox/faults.ts'
import { orderCallFault, orderDeliveryFault } from './fault-orders.ts'
import { readForm } from './forms.ts'
import { type Html, page, type Sheet } from './layout.ts'
import { show } from './show.ts'
import type { Site } from './site.ts'

const HERE = '/_sandbox/faults'
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

export function addFaultPages(app: Hono, site: Site): void {
  const { world, faults } = site
  const { webhooks } = world
  app.get(HERE, context => show(world, context, sheet(site)))
  app.post(`${HERE}/calls`, async context => {
    orderCallFault(faults, await readForm(context))
    return context.redirect(HERE, 303)
  })
  app.post(`${HERE}/deliveries`, async context => {
    orderDeliveryFault(webhooks.faults, await readForm(context))
    return context.redirect(HERE, 303)
  })
  app.post(`${HERE}/clear`, context => {
    faults.clear()
    webhooks.faults.clear()
    // What waits for more that may never come now would be lost otherwise.
    webhooks.flush()
    return context.redirect(HERE, 303)
  })
}

function sheet({ world, faults }: Site): Sheet {
  const { webhooks } = world
  const rows = [...faults.active().map(callRow), ...webhooks.faults.active().map(deliveryRow)]
  const kept =
    webhooks.kept.length === 0
      ? ''
      : html`<p>${webhooks.kept.length} deliveries are kept back; clearing sends them.</p>`
  const body = html`<p>Programs that call this GitHub meet these faults. The forms on its pages do not.</p>
<h2>Active</h2>
${rows.length === 0 ? html`<p class="quiet">None.</p>` : activeTable(rows)}
${kept}
<form method="post" action="${HERE}/clear"><button>Clear all</button></form>
<h2>Calls</h2>
${callForm()}
<h2>Deliveries</h2>
${deliveryForm()}`
  return page('Faults', [], body)
}

function activeTable(rows: readonly Html[]): Html {
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">What</th><th scope="col">How</th><th scope="col">To which</th><th scope="col">Times left</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function callRow({ kind, how, match, left }: ActiveFault): Html {
  const path = match.path.source.replaceAll('\\', '')
  const where = match.path.source === '(?:)' ? 'every path' : html`<code>${path}</code>`
  const method = match.method === '*' ? 'every method' : match.method
  return html`<tr><td>${plain(CALL_FAULTS[kind])}</td><td>${how}</td><td>${method}, ${where}</td><td>${left}</td></tr>`
}

function deliveryRow({ fault, match, left }: ActiveDeliveryFault): Html {
  const how = fault.kind === 'fail' ? fault.status : fault.kind === 'delay' ? `${fault.ms} ms` : ''
  const event = match.event === undefined ? 'every event' : html`<code>${match.event}</code>`
  return html`<tr><td>${DELIVERY_FAULTS[fault.kind]}</td><td>${how}</td><td>${event}</td><td>${left}</td></tr>`
}

function callForm(): Html {
  const choice = (kind: ActiveFault['kind'], more: Html = html``): Html =>
    choiceView(`call-${kind}`, kind, { words: CALL_FAULTS[kind], more })
  return html`<form class="wide" method="post" action="${HERE}/calls">
<fieldset><legend>What happens</legend>
${choice('delay', html`<label>Milliseconds <input class="short" name="ms" type="number" min="1" value="2000"></label>`)}
${choice('fail', html`<label>Status <select name="status">${[500, 502, 503, 504].map(one => html`<option>${one}</option>`)}</select></label>`)}
${choice(
  'limit',
  html`<label>Status <select name="limit"><option>403</option><option>429</option></select></label>
<label>Retry-After in seconds <input class="short" name="after" type="number" min="1" value="60"></label>`
)}
${choice('loseAnswer')}
</fieldset>
<fieldset><legend>To which calls</legend>
<p><label>Method <select name="method"><option value="">every</option>${METHODS.map(one => html`<option>${one}</option>`)}</select></label>
<label>Path contains <input name="path" placeholder="every path"></label>
${timesField()}</p>
</fieldset>
<button class="go">Order for calls</button>
</form>`
}

function deliveryForm(): Html {
  const choice = (kind: DeliveryFault['kind'], more: Html = html``): Html =>
    choiceView(`delivery-${kind}`, kind, { words: DELIVERY_FAULTS[kind], more })
  return html`<form class="wide" method="post" action="${HERE}/deliveries">
<fieldset><legend>What happens</legend>
${choice('drop')}${choice('duplicate')}
${choice('delay', html`<label>Milliseconds <input class="short" name="ms" type="number" min="1" value="5000"></label>`)}
${choice('reorder')}
${choice('fail', html`<label>Status <input class="short" name="status" type="number" min="300" max="599" value="502"></label>`)}
${choice('disconnect')}${choice('loseAnswer')}
</fieldset>
<fieldset><legend>To which deliveries</legend>
<p><label>Event <input name="event" list="events" placeholder="every event"></label>
<datalist id="events">${KNOWN_EVENTS.map(one => html`<option value="${one}"></option>`)}</datalist>
${timesField()}</p>
</fieldset>
<button class="go">Order for deliveries</button>
</form>`
}

function timesField(): Html {
  return html`<label>Times <input class="short" name="times" type="number" min="1" required value="1"></label>`
}

function choiceView(
  id: string,
  kind: string,
  given: { readonly words: string; readonly more: Html }
): Html {
  return html`<p><input type="radio" name="kind" id="${id}" value="${kind}" required> <label for="${id}">${plain(given.words)}</label> ${given.more}</p>
`
}

/** The marks of code in the words are for the reference page. */
function plain(words: string): string {
  return words.replaceAll('`', '')
}
