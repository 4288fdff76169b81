/** The App's webhook: signed, in order, in the background, tried once (GitHub does not retry). */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createDeliveryFaults, type DeliveryFault, type DeliveryFaults } from './delivery-faults.ts'
import {
  headersOf,
  type Outcome,
  post,
  silence,
  type WebhookTarget,
  wordsFor
} from './hook-post.ts'

/** Docs: "Webhook events and payloads", payload cap: larger events are not delivered. */
const MOST_BYTES = 25 * 1024 * 1024
/**
 * Ids of deliveries have been 64-bit numbers since 2026, so that code which reads them as a double
 * fails here.
 */
const FIRST_ID = 3_804_004_623_172_239_366n

export interface Delivery {
  readonly id: bigint
  /** X-GitHub-Delivery; a redelivery has that of the first. */
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly body: string
  readonly redelivery: boolean
  readonly installationId: number | null
  readonly repositoryId: number | null
  /** null while it waits. */
  outcome: Outcome | null
  at: string
  durationMs: number
  throttledAt: string | null
}

export interface Webhooks {
  target: WebhookTarget | null
  /** Every delivery of all time, oldest first. */
  readonly log: readonly Delivery[]
  readonly faults: DeliveryFaults
  /** What a fault keeps back, to be sent the last one first. */
  readonly kept: readonly Delivery[]
  /** Puts a delivery into the queue; without an active target there is nothing to deliver to. */
  enqueue(event: string, payload: unknown): void
  /** Queues the same body with the same guid again, as a row of its own. */
  redeliver(delivery: Delivery): void
  /** Sends at once, outside the queue and the log; resolves with the status, 0 for no answer. */
  send(event: string, payload: unknown, guid?: string): Promise<number>
  /** Queues what is kept back. */
  flush(): void
  /** Every delivery in the queue was sent, those kept back included. */
  settled(): Promise<void>
  close(): Promise<void>
}

interface HookWorld {
  readonly now: () => Date
  /** The App that the webhook belongs to. */
  readonly app: () => { readonly id: number; readonly hookId: number } | null
}

export function createWebhooks(world: HookWorld, first: WebhookTarget | null): Webhooks {
  const log: Delivery[] = []
  const faults = createDeliveryFaults()
  const stop = new AbortController()
  const late = new Set<Promise<void>>()
  const kept: Delivery[] = []
  let tail: Promise<void> = Promise.resolve()
  let lastId = FIRST_ID
  let target = first

  const senderIds = () => {
    const app = world.app()
    return { hookId: app?.hookId ?? 0, appId: app?.id ?? 0 }
  }

  async function attempt(delivery: Delivery, fault: DeliveryFault | null): Promise<void> {
    const started = performance.now()
    delivery.at = world.now().toISOString()
    const to = target ?? { url: '', secret: '' }
    const letter = { ...delivery, ...senderIds() }
    if (fault?.kind === 'fail' || fault?.kind === 'disconnect') {
      delivery.outcome = untouched(to, headersOf(to, letter, delivery.body), fault)
      return
    }
    const outcome = await post(to, letter, stop.signal)
    delivery.outcome =
      fault?.kind === 'loseAnswer' ? { ...outcome, ...silence('timed out') } : outcome
    delivery.durationMs = Math.round(performance.now() - started)
  }

  function line(delivery: Delivery, fault: DeliveryFault | null = null): void {
    log.push(delivery)
    tail = tail.then(() => attempt(delivery, fault))
  }

  function flush(): void {
    for (const delivery of kept.splice(0).reverse()) line(delivery)
  }

  function later(delivery: Delivery, ms: number): void {
    delivery.throttledAt = world.now().toISOString()
    log.push(delivery)
    const sent = pause(ms, undefined, { signal: stop.signal })
      .catch(() => {
        // The sandbox closes: the attempt below ends at once.
      })
      .then(() => attempt(delivery, null))
      .finally(() => late.delete(sent))
    late.add(sent)
  }

  function make(sent: Pick<Delivery, 'event' | 'guid' | 'body' | 'redelivery'>): Delivery {
    lastId += 1n
    const about = readBody(sent.body)
    const at = world.now().toISOString()
    return { ...sent, ...about, id: lastId, outcome: null, at, durationMs: 0, throttledAt: null }
  }

  function route(delivery: Delivery): void {
    const fault = faults.take(delivery)
    if (fault?.kind === 'drop') return
    if (fault?.kind === 'delay') {
      later(delivery, fault.ms)
    } else if (fault?.kind === 'reorder') {
      kept.push(delivery)
      if (fault.isLast) flush()
    } else {
      line(delivery, fault)
      if (fault?.kind === 'duplicate') line(make(delivery))
    }
  }

  async function settled(): Promise<void> {
    flush()
    let seen: Promise<void> | null = null
    while (seen !== tail || late.size > 0) {
      seen = tail
      await Promise.all([seen, ...late])
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
    faults,
    kept,
    flush,
    enqueue(event, payload) {
      if (target === null || target.active === false) return
      const body = JSON.stringify(payload)
      if (Buffer.byteLength(body) > MOST_BYTES) return
      route(make({ event, body, guid: randomUUID(), redelivery: false }))
    },
    redeliver: ({ event, body, guid }) => route(make({ event, body, guid, redelivery: true })),
    async send(event, payload, guid = randomUUID()) {
      if (target === null) return 0
      const letter = { event, guid, body: JSON.stringify(payload), ...senderIds() }
      return (await post(target, letter, stop.signal)).statusCode
    },
    settled,
    async close() {
      stop.abort()
      await settled()
    }
  }
}

/** What the log has of an attempt that never reached the receiver. */
function untouched(
  { url }: WebhookTarget,
  requestHeaders: Outcome['requestHeaders'],
  fault: Extract<DeliveryFault, { readonly kind: 'fail' | 'disconnect' }>
): Outcome {
  const shown = { url, requestHeaders }
  if (fault.kind === 'disconnect') return { ...shown, ...silence('failed to connect to host') }
  const { status: statusCode } = fault
  const status = wordsFor(statusCode)
  return { ...shown, statusCode, status, responseHeaders: {}, response: '' }
}

function readBody(body: string): Pick<Delivery, 'action' | 'installationId' | 'repositoryId'> {
  const payload: unknown = JSON.parse(body)
  const action = fieldOf(payload, 'action')
  return {
    action: typeof action === 'string' ? action : null,
    installationId: idOf(fieldOf(payload, 'installation')),
    repositoryId: idOf(fieldOf(payload, 'repository'))
  }
}

function idOf(value: unknown): number | null {
  const id = fieldOf(value, 'id')
  return typeof id === 'number' ? id : null
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return new Map(Object.entries(value)).get(name)
}
