import type { DeliveryOutcome } from '#app/core/delivery.ts'
import type { World } from './world.ts'

/** What the verbs behind an event need of the world. */
export type EventWorld = Pick<
  World,
  'store' | 'wake' | 'clock' | 'ids' | 'log' | 'settings' | 'stages' | 'commands' | 'github'
>

/** The outcome of an event that no rule of ours is about. */
export function noRule(reason: string): DeliveryOutcome {
  return { kind: 'done', disposition: 'no_rule', reason }
}
