/** Deliveries that GitHub sent and we never stored: finds them in GitHub's log and asks for them again. */
import {
  GRACE_MS,
  gapOf,
  type HookAttempt,
  LOG_KEPT_MS,
  MAX_ASKS,
  missedIn,
  readSince,
  whyHeld
} from '#app/core/missed-delivery.ts'
import type { DeliverySweep } from '#app/ports/missed-deliveries.ts'
import type { Tables } from '#app/ports/store.ts'
import {
  askAgain,
  auditGivenUp,
  bySystem,
  type DeliverySweepWorld,
  logGivenUp
} from './ask-for-deliveries.ts'

/**
 * Asks of one sweep. Each is a write of 5 points: 200 every 5 minutes are a quarter of what the
 * secondary limit lets through, and with 2,400 an hour half of the App's own 5,000 calls.
 */
const ASKS_AT_ONCE = 200
/** While deliveries are refused, one tells whether the fault is mended. */
const PROBES = 1

type Held = NonNullable<ReturnType<typeof whyHeld>>

export interface SweptDeliveries {
  /** Attempts read in GitHub's log. */
  readonly listed: number
  /** Missing ones that were not known before. */
  readonly found: number
  readonly asked: number
  /** Asked for earlier and stored by now, or come by themselves. */
  readonly arrived: number
  readonly gaveUp: number
  /** Still waited for, those asked for now included. */
  readonly waiting: number
  /** Why no more than one was asked for although some are missing, and what to do. */
  readonly held: Held | null
  /** ISO times between which GitHub's log has nothing any more, and we did not look. */
  readonly gap: { readonly from: string; readonly to: string } | null
}

/**
 * One pass. Reads GitHub's log back to the last complete pass (at most GitHub's three days), notes
 * what the inbox does not have, and asks for what is due, oldest first. `events` are those we
 * subscribe to. Two passes at once ask for nothing twice. Throws what the App's hook throws, with
 * everything noted that was read until then.
 */
export async function sweepDeliveries(
  world: DeliverySweepWorld,
  events: readonly string[]
): Promise<SweptDeliveries> {
  const now = world.clock.now()
  const before = (await world.store.transaction(({ deliverySweeps }) => deliverySweeps.load())) ?? {
    sweptUntil: null,
    inboxSince: now,
    askedAt: null
  }
  const read = await readLog(world, readSince(before.sweptUntil, now))
  const noted = await noteMissed(world, { before, now, events, read })
  if (read.failure !== null) throw read.failure
  const held = noted.waiting === 0 ? null : whyHeld(read.attempts, noted.last)
  if (held !== null) {
    world.log.warn({ ...held }, 'deliveries are missing, but what GitHub sends is not taken')
  }
  const most = held === null ? ASKS_AT_ONCE : PROBES
  const did = await askAgain(world, { now, most })
  await world.store.transaction(({ deliverySweeps }) =>
    deliverySweeps.save({ ...before, sweptUntil: null, askedAt: did.asked > 0 ? now : null })
  )
  const swept: SweptDeliveries = {
    listed: read.attempts.length,
    found: noted.found,
    asked: did.asked,
    arrived: noted.arrived,
    gaveUp: noted.gaveUp + did.gaveUp,
    waiting: noted.waiting - did.gaveUp,
    held,
    gap: noted.gap
  }
  if (swept.found + swept.asked + swept.arrived > 0)
    world.log.info({ ...swept }, 'deliveries swept')
  return swept
}

interface ReadLog {
  readonly attempts: readonly HookAttempt[]
  /** What ended the reading early; null when it is complete. */
  readonly failure: unknown
}

/** Newest first, until a whole page is older than `since`. */
async function readLog(world: DeliverySweepWorld, since: Date): Promise<ReadLog> {
  const attempts: HookAttempt[] = []
  let cursor: string | null = null
  try {
    do {
      const page: Awaited<ReturnType<typeof world.appHook.page>> = await world.appHook.page(cursor)
      const recent = page.attempts.filter(attempt => Date.parse(attempt.at) >= since.getTime())
      attempts.push(...recent)
      cursor = recent.length === 0 ? null : page.next
    } while (cursor !== null)
  } catch (failure) {
    return { attempts, failure }
  }
  return { attempts, failure: null }
}

interface Reading {
  readonly before: DeliverySweep
  readonly now: Date
  readonly events: readonly string[]
  readonly read: ReadLog
}

interface Noted {
  readonly found: number
  readonly arrived: number
  readonly gaveUp: number
  readonly waiting: number
  readonly gap: SweptDeliveries['gap']
  readonly last: { readonly asked: number; readonly came: number }
}

async function noteMissed(world: DeliverySweepWorld, reading: Reading): Promise<Noted> {
  const { before, now, read } = reading
  const missed = missedIn(read.attempts, {
    events: new Set(reading.events),
    inboxSince: before.inboxSince,
    now
  })
  // What was asked for a moment ago may still be on its way: that nothing came says nothing yet.
  const askedAt =
    before.askedAt !== null && now.getTime() - before.askedAt.getTime() >= GRACE_MS
      ? before.askedAt
      : null
  const complete = read.failure === null
  const gap = complete ? isoGap(gapOf(before.sweptUntil, now)) : null
  const noted = await world.store.transaction(async tables => {
    const found = await tables.missedDeliveries.note(missed)
    const oldest = new Date(now.getTime() - LOG_KEPT_MS)
    const given = await tables.missedDeliveries.giveUp({ maxAsks: MAX_ASKS, oldest, now })
    for (const one of given) await auditGivenUp(tables, one)
    const { arrived, waiting, ...last } = await tables.missedDeliveries.arrived(askedAt)
    if (gap !== null) await auditGap(tables, gap)
    await tables.deliverySweeps.save({ ...before, sweptUntil: complete ? now : null })
    return { found, arrived, waiting, last, given }
  })
  if (gap !== null) {
    world.log.warn(
      { ...gap, hint: GAP_HINT },
      'deliveries of that time are not in GitHub’s log any more and cannot be asked for'
    )
  }
  logGivenUp(world, noted.given)
  return { ...noted, gap, gaveUp: noted.given.length }
}

function isoGap(gap: ReturnType<typeof gapOf>): SweptDeliveries['gap'] {
  return gap === null ? null : { from: gap.from.toISOString(), to: gap.to.toISOString() }
}

const GAP_HINT =
  'trigger labels that still stand are picked up by themselves; comments and reviews of that time must be made again'

async function auditGap(
  tables: Pick<Tables, 'audit'>,
  gap: NonNullable<SweptDeliveries['gap']>
): Promise<void> {
  await tables.audit.add({
    ...bySystem(`delivery-sweep:${gap.to}`),
    type: 'deliveries.unreachable',
    reason: 'older_than_github_log',
    payload: { ...gap }
  })
}
