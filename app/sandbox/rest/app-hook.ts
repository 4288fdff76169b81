/** The App's webhook and its deliveries. Docs: "REST API endpoints for GitHub App webhooks". */
import type { WebhookTarget } from '#app/sandbox/hook-post.ts'
import { recentDeliveries } from '#app/sandbox/recent-deliveries.ts'
import { invalidRequest, notFound, Refusal } from '#app/sandbox/refusal.ts'
import type { Delivery } from '#app/sandbox/webhooks.ts'
import { timestamp } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { type Answer, type Call, type GlobalRoute, ok } from './route.ts'

export const appHookRoutes: readonly GlobalRoute[] = [
  { method: 'GET', path: '/app/hook/config', caller: 'app', run: getConfig },
  { method: 'PATCH', path: '/app/hook/config', caller: 'app', run: updateConfig },
  { method: 'GET', path: '/app/hook/deliveries', caller: 'app', run: listDeliveries },
  { method: 'GET', path: '/app/hook/deliveries/:delivery', caller: 'app', run: getDelivery },
  {
    method: 'POST',
    path: '/app/hook/deliveries/:delivery/attempts',
    caller: 'app',
    run: redeliver
  }
]

function getConfig(call: Call): Answer {
  return ok(configJson(call.world.webhooks.target))
}

function configJson(target: WebhookTarget | null) {
  if (target === null) return { content_type: 'json', insecure_ssl: '0' }
  const secret = target.secret === '' ? {} : { secret: '********' }
  return {
    content_type: target.contentType ?? 'json',
    insecure_ssl: '0',
    ...secret,
    url: target.url
  }
}

/** What is not named stays; an empty secret takes the secret away. */
function updateConfig(call: Call): Answer {
  const { webhooks } = call.world
  const fields = fieldsOf(call.body)
  const before = webhooks.target ?? { url: '', secret: '' }
  const url = fields.text('url') ?? before.url
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalidRequest(`For '/url', ${JSON.stringify(url)} is not a valid URL.`)
  }
  webhooks.target = {
    ...before,
    url,
    secret: fields.text('secret') ?? before.secret,
    contentType: fields.oneOf('content_type', ['json', 'form']) ?? before.contentType ?? 'json'
  }
  return ok(configJson(webhooks.target))
}

const PER_PAGE = 30
const MOST_PER_PAGE = 100

/**
 * Pages by cursor, not by number. `status` goes by the status code alone: `failure` is 400 to 599,
 * so that attempts without any answer are in neither list.
 */
function listDeliveries(call: Call): Answer {
  const all = recentDeliveries(call.world).filter(filterOf(call.query.get('status')))
  const size = sizeOf(call.query.get('per_page'))
  const start = startOf(all, call.query.get('cursor'))
  const shown = all.slice(start, start + size)
  const next = all[start + size]
  const link = (cursor: string | null, rel: string): string => {
    const url = new URL(call.url)
    if (cursor === null) url.searchParams.delete('cursor')
    else url.searchParams.set('cursor', cursor)
    return `<${url.href}>; rel="${rel}"`
  }
  const links = [
    ...(next === undefined ? [] : [link(cursorOf(next), 'next')]),
    ...(start === 0 ? [] : [link(previous(all, start, size), 'prev')])
  ]
  const content = `[${shown.map(one => jsonText(one.id, itemJson(one))).join(',')}]`
  const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(', ') }
  return { status: 200, text: { content, type: JSON_TYPE }, headers }
}

const JSON_TYPE = 'application/json; charset=utf-8'

function filterOf(status: string | null): (one: Delivery) => boolean {
  const codeOf = (one: Delivery): number => one.outcome?.statusCode ?? 0
  if (status === null) return () => true
  if (status === 'success') return one => codeOf(one) >= 200 && codeOf(one) <= 399
  if (status === 'failure') return one => codeOf(one) >= 400 && codeOf(one) <= 599
  throw invalidRequest(`${JSON.stringify(status)} is not a member of ["success","failure"].`)
}

function sizeOf(text: string | null): number {
  const size = Number(text ?? PER_PAGE)
  return Number.isInteger(size) && size > 0 ? Math.min(size, MOST_PER_PAGE) : PER_PAGE
}

function cursorOf(delivery: Delivery): string {
  return `v1_${delivery.id}`
}

/** Where a page starts: at the delivery that the cursor names, or at the next older one. */
function startOf(all: readonly Delivery[], cursor: string | null): number {
  if (cursor === null) return 0
  const id = /^v1_(\d{1,20})$/.exec(cursor)?.[1]
  if (id === undefined) throw new Refusal(400, 'Invalid cursor')
  const start = all.findIndex(one => one.id <= BigInt(id))
  return start === -1 ? all.length : start
}

function previous(all: readonly Delivery[], start: number, size: number): string | null {
  const first = all[start - size]
  return first === undefined || start === size ? null : cursorOf(first)
}

function findDelivery(call: Call): Delivery {
  const asked = call.params.delivery ?? ''
  const found = recentDeliveries(call.world).find(one => String(one.id) === asked)
  if (found === undefined) throw notFound()
  return found
}

function getDelivery(call: Call): Answer {
  const delivery = findDelivery(call)
  const content = jsonText(delivery.id, deliveryJson(delivery))
  return { status: 200, text: { content, type: JSON_TYPE } }
}

/** 202: the attempt follows, as a row of its own with the same guid. */
function redeliver(call: Call): Answer {
  call.world.webhooks.redeliver(findDelivery(call))
  return { status: 202, body: {} }
}

/** JSON with an id that no double can hold in front. */
function jsonText(id: bigint, rest: Readonly<Record<string, unknown>>): string {
  return `{"id":${id},${JSON.stringify(rest).slice(1)}`
}

/** Schema `hook-delivery-item`, without its id. */
function itemJson(delivery: Delivery) {
  const { outcome, throttledAt } = delivery
  return {
    guid: delivery.guid,
    delivered_at: timestamp(new Date(delivery.at)),
    redelivery: delivery.redelivery,
    duration: Math.round(delivery.durationMs / 10) / 100,
    status: outcome?.status ?? '',
    status_code: outcome?.statusCode ?? 0,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: throttledAt === null ? null : timestamp(new Date(throttledAt))
  }
}

/** Schema `hook-delivery`, without its id. Header names are written as GitHub shows them. */
function deliveryJson(delivery: Delivery) {
  const { outcome } = delivery
  const payload: unknown = JSON.parse(delivery.body)
  return {
    ...itemJson(delivery),
    url: outcome?.url ?? '',
    request: { headers: titled(outcome?.requestHeaders ?? {}), payload },
    response: { headers: titled(outcome?.responseHeaders ?? {}), payload: outcome?.response ?? '' }
  }
}

function titled(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name
        .replaceAll(/(^|-)[a-z]/g, letter => letter.toUpperCase())
        .replace('X-Github-', 'X-GitHub-'),
      value
    ])
  )
}
