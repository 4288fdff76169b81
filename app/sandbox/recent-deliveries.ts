/** What GitHub still shows of the App's deliveries. */
import type { Delivery } from './webhooks.ts'
import type { World } from './world.ts'

/** Docs: "Viewing webhook deliveries" and "Redelivering webhooks": those of the past 3 days. */
const KEPT_MS = 3 * 86_400_000

/** Finished deliveries of the past 3 days, the newest first. */
export function recentDeliveries(world: World): readonly Delivery[] {
  const oldest = world.now().getTime() - KEPT_MS
  return world.webhooks.log
    .filter(one => one.outcome !== null && Date.parse(one.at) >= oldest)
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
}
