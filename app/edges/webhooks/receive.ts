/** A stored delivery through Probot's handlers, in the worker (decisions 33): payload -> Event -> use case. */
import { Probot } from 'probot'
import type { ClaimedDelivery, DeliveryOutcome } from '#app/core/delivery.ts'
import { AppError } from '#app/core/errors.ts'
import type { Event } from '#app/core/event.ts'
import { SUBSCRIBED_EVENTS, type SubscribedEvent, toEvent } from './payloads.ts'

export interface ReceiveOptions {
  readonly appId: number
  readonly privateKey: string
}

export type Receive = (delivery: ClaimedDelivery) => Promise<DeliveryOutcome>

/**
 * Builds the function that works one delivery. An unreadable payload comes back quarantined with
 * its reason; whatever a handler throws is thrown on, for the worker to try again.
 */
export function createReceive(
  options: ReceiveOptions,
  handle: (event: Event) => Promise<DeliveryOutcome>
): Receive {
  const outcomes = new Map<string, DeliveryOutcome>()
  const probot = new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    logLevel: 'fatal'
  })
  const loaded = probot.load(app => {
    for (const name of SUBSCRIBED_EVENTS) {
      app.on(name, async context => {
        const event = toEvent(name, context.id, context.payload)
        outcomes.set(context.id, event === null ? ignored() : await handle(event))
      })
    }
  })
  return async delivery => {
    await loaded
    const payload = readJson(delivery)
    if (payload === null) return { kind: 'quarantined', reason: 'the body is no JSON object' }
    try {
      const name = delivery.event as SubscribedEvent
      await probot.receive({ id: delivery.id, name, payload } as Parameters<
        typeof probot.receive
      >[0])
      return outcomes.get(delivery.id) ?? ignored()
    } catch (error) {
      const cause = unwrap(error)
      if (cause instanceof AppError && cause.code === 'PAYLOAD_UNREADABLE') {
        return { kind: 'quarantined', reason: cause.message }
      }
      throw cause
    } finally {
      outcomes.delete(delivery.id)
    }
  }
}

function ignored(): DeliveryOutcome {
  return { kind: 'done', disposition: 'no_rule', reason: 'event_without_rule' }
}

function readJson(delivery: ClaimedDelivery): object | null {
  try {
    const payload: unknown = JSON.parse(delivery.body.toString('utf8'))
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? payload
      : null
  } catch {
    // Signed but no JSON: the caller quarantines it, which is the record of it.
    return null
  }
}

/** Probot collects handlers' failures into one; ours is the first of them. */
function unwrap(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const first: unknown = error.errors[0]
    return first instanceof Error && first.cause instanceof AppError ? first.cause : first
  }
  return error
}
