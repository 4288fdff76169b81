/** Reads what a person orders on the page of faults. INVALID_ARGUMENT for what makes no sense. */
import { AppError } from '#app/core/errors.ts'
import type { DeliveryFault, DeliveryFaultOrders } from '#app/sandbox/delivery-faults.ts'
import type { ActiveFault, FaultOrders } from '#app/sandbox/faults.ts'
import type { Field } from './forms.ts'

/** Longer waits than any client's patience are a mistake of the person. */
const MOST_MS = 600_000
const MOST_TIMES = 10_000

type CallKind = ActiveFault['kind']
type DeliveryKind = DeliveryFault['kind']

export function orderCallFault(faults: FaultOrders, field: Field): void {
  const match = {
    method: field('method') === '' ? '*' : field('method').toUpperCase(),
    path: new RegExp(literal(field('path').trim())),
    times: whole(field, 'times', MOST_TIMES)
  }
  const orders: Readonly<Record<CallKind, () => void>> = {
    delay: () => faults.delay({ ...match, ms: whole(field, 'ms', MOST_MS) }),
    fail: () =>
      faults.fail({ ...match, status: oneOf(field, 'status', [500, 502, 503, 504] as const) }),
    limit: () =>
      faults.limit({
        ...match,
        status: oneOf(field, 'limit', [403, 429] as const),
        retryAfterSeconds: field('after') === '' ? null : whole(field, 'after', 86_400)
      }),
    loseAnswer: () => faults.loseAnswer(match)
  }
  choose(orders, field)()
}

export function orderDeliveryFault(faults: DeliveryFaultOrders, field: Field): void {
  const event = field('event').trim()
  const times = whole(field, 'times', MOST_TIMES)
  const match = event === '' ? { times } : { times, event }
  const orders: Readonly<Record<DeliveryKind, () => void>> = {
    drop: () => faults.drop(match),
    duplicate: () => faults.duplicate(match),
    delay: () => faults.delay({ ...match, ms: whole(field, 'ms', MOST_MS) }),
    reorder: () => faults.reorder(match),
    fail: () => faults.fail({ ...match, status: whole(field, 'status', 599, 300) }),
    disconnect: () => faults.disconnect(match),
    loseAnswer: () => faults.loseAnswer(match)
  }
  choose(orders, field)()
}

function choose(orders: Readonly<Record<string, () => void>>, field: Field): () => void {
  const kind = field('kind')
  const order = Object.hasOwn(orders, kind) ? orders[kind] : undefined
  if (order === undefined) throw invalid(`"${kind}" is none that can be ordered`)
  return order
}

/** A part of a path means itself: people do not think of it as an expression. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function whole(field: Field, name: string, most: number, least = 1): number {
  const value = Number(field(name))
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(`${name} is "${field(name)}"; give a whole number from ${least} to ${most}`)
}

function oneOf<T extends number>(field: Field, name: string, values: readonly T[]): T {
  const value = values.find(one => String(one) === field(name))
  if (value !== undefined) return value
  throw invalid(`${name} is "${field(name)}"; give one of ${values.join(', ')}`)
}

function invalid(what: string): AppError {
  return new AppError('INVALID_ARGUMENT', `ordering a fault: ${what}`)
}
