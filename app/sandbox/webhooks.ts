/** The App's webhook: signed, in order, in the background, tried once (GitHub does not retry). */
import { createHmac, randomUUID } from 'node:crypto'

/** Docs: "Best practices for using webhooks": an answer is due within 10 seconds. */
const ANSWER_LIMIT_MS = 10_000

interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

export interface Delivery {
  readonly number: number
  readonly id: string
  readonly event: string
  readonly action: string | null
  readonly body: string
  readonly redelivery: boolean
  /** HTTP status of the answer; null while it waits, 0 when no answer came. */
  status: number | null
  at: string
  durationMs: number
}

export interface Webhooks {
  target: WebhookTarget | null
  readonly log: readonly Delivery[]
  /** Puts a delivery into the queue; without a target there is nothing to deliver to. */
  enqueue(event: string, payload: unknown): void
  redeliver(guid: string): Promise<Delivery | null>
  /** Sends at once, outside the queue and the log; resolves with the status, 0 for no answer. */
  send(event: string, payload: unknown, guid?: string): Promise<number>
  settled(): Promise<void>
  close(): Promise<void>
}

interface Identity {
  readonly hookId: number
  readonly appId: number
  readonly now: () => Date
}

export function createWebhooks(identity: Identity, first: WebhookTarget | null): Webhooks {
  const log: Delivery[] = []
  const stop = new AbortController()
  let tail: Promise<void> = Promise.resolve()
  let number = 80_000_000_000
  let target = first

  const post = async (event: string, guid: string, body: string): Promise<number> => {
    if (target === null || stop.signal.aborted) return 0
    try {
      const answer = await fetch(target.url, {
        method: 'POST',
        headers: headersOf(identity, { event, guid, body, secret: target.secret }),
        body,
        redirect: 'manual',
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)])
      })
      await answer.arrayBuffer()
      return answer.status
    } catch {
      // No listener, a broken connection, a late answer: the log says 0, as GitHub shows "failed".
      return 0
    }
  }

  const queue = (event: string, body: string, guid: string, redelivery: boolean): Delivery => {
    number += 1
    const action = actionOf(body)
    const at = identity.now().toISOString()
    const delivery: Delivery = {
      ...{ number, id: guid, event, action, body, redelivery },
      ...{ status: null, at, durationMs: 0 }
    }
    log.push(delivery)
    tail = tail.then(async () => {
      const started = performance.now()
      delivery.at = identity.now().toISOString()
      delivery.status = await post(event, guid, body)
      delivery.durationMs = Math.round(performance.now() - started)
    })
    return delivery
  }

  const settled = async (): Promise<void> => {
    let seen: Promise<void> | null = null
    while (seen !== tail) {
      seen = tail
      await seen
    }
  }

  return {
    get target() {
      return target
    },
    set target(next) {
      target = next
    },
    log,
    enqueue(event, payload) {
      if (target !== null) queue(event, JSON.stringify(payload), randomUUID(), false)
    },
    async redeliver(guid) {
      const first = log.find(delivery => delivery.id === guid)
      if (first === undefined) return null
      const again = queue(first.event, first.body, guid, true)
      await settled()
      return again
    },
    send: (event, payload, guid = randomUUID()) => post(event, guid, JSON.stringify(payload)),
    settled,
    async close() {
      stop.abort()
      await settled()
    }
  }
}

function actionOf(body: string): string | null {
  const payload: unknown = JSON.parse(body)
  if (typeof payload !== 'object' || payload === null || !('action' in payload)) return null
  return typeof payload.action === 'string' ? payload.action : null
}

/** Docs: "Webhook events and payloads", delivery headers. */
function headersOf(
  identity: Identity,
  sent: { readonly event: string; guid: string; body: string; secret: string }
): Record<string, string> {
  const sign = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, sent.secret).update(sent.body).digest('hex')}`
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/5a4dc0b',
    'x-github-delivery': sent.guid,
    'x-github-event': sent.event,
    'x-github-hook-id': String(identity.hookId),
    'x-github-hook-installation-target-id': String(identity.appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': sign('sha1'),
    'x-hub-signature-256': sign('sha256')
  }
}
