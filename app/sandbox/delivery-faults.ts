/** What goes wrong on the way of a webhook, when a test says so. */

export interface DeliveryMatch {
  /** `issues`, or `issues.opened` for one action; every event when left out. */
  readonly event?: string
  /** How many deliveries it happens to. */
  readonly times: number
}

/** What a test may order; each fault is used up after `times` matching deliveries. */
export interface DeliveryFaultOrders {
  /** Never sent, and not in GitHub's log either. */
  drop(match: DeliveryMatch): void
  /** Not sent; the log has this status, as when a proxy answers for a server that is down. */
  fail(match: DeliveryMatch & { readonly status: number }): void
  /** Not sent; the log says that the host could not be reached (status 0). */
  disconnect(match: DeliveryMatch): void
  /** Sent and answered, but the answer came too late for GitHub: "timed out" (status 0). */
  loseAnswer(match: DeliveryMatch): void
  /** Sent twice with one guid. */
  duplicate(match: DeliveryMatch): void
  /** Sent that much later, while later ones go ahead. Throttled, says the log. */
  delay(match: DeliveryMatch & { readonly ms: number }): void
  /** The next `times` are kept back and then sent the last one first; `settled` sends what is kept. */
  reorder(match: DeliveryMatch): void
  clear(): void
}

export type DeliveryFault =
  | { readonly kind: 'drop' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'loseAnswer' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'fail'; readonly status: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'reorder'; readonly isLast: boolean }

export interface ActiveDeliveryFault {
  readonly match: DeliveryMatch
  readonly fault: DeliveryFault
  /** How many deliveries it still happens to. */
  readonly left: number
}

export interface DeliveryFaults extends DeliveryFaultOrders {
  /** Those that are not used up, the first ordered first. */
  active(): readonly ActiveDeliveryFault[]
  /** The fault for this delivery, counted; null when it goes well. */
  take(delivery: Named & { readonly redelivery: boolean }): DeliveryFault | null
}

interface Named {
  readonly event: string
  readonly action: string | null
}

type Order = Omit<ActiveDeliveryFault, 'left'> & { left: number }

/** What can happen to a redelivery: it has a row of its own whatever comes of it. */
const ON_REDELIVERY = new Set(['fail', 'disconnect', 'loseAnswer', 'delay'])

export function createDeliveryFaults(): DeliveryFaults {
  const orders: Order[] = []
  const order = (match: DeliveryMatch, fault: DeliveryFault): void => {
    orders.push({ match, fault, left: match.times })
  }
  return {
    drop: match => order(match, { kind: 'drop' }),
    fail: match => order(match, { kind: 'fail', status: match.status }),
    disconnect: match => order(match, { kind: 'disconnect' }),
    loseAnswer: match => order(match, { kind: 'loseAnswer' }),
    duplicate: match => order(match, { kind: 'duplicate' }),
    delay: match => order(match, { kind: 'delay', ms: match.ms }),
    reorder: match => order(match, { kind: 'reorder', isLast: false }),
    clear() {
      orders.length = 0
    },
    active: () => orders.filter(one => one.left > 0),
    take(delivery) {
      const found = orders.find(
        ({ match, fault, left }) =>
          left > 0 &&
          fits(match, delivery) &&
          (!delivery.redelivery || ON_REDELIVERY.has(fault.kind))
      )
      if (found === undefined) return null
      found.left -= 1
      const { fault, left } = found
      return fault.kind === 'reorder' ? { kind: 'reorder', isLast: left === 0 } : fault
    }
  }
}

function fits({ event }: DeliveryMatch, delivery: Named): boolean {
  if (event === undefined || event === delivery.event) return true
  return delivery.action !== null && event === `${delivery.event}.${delivery.action}`
}
