/** Old deliveries go: first their bodies, much later their keys. What goes is counted. */
import type { AuditEntry } from '#app/core/audit.ts'
import type { DeliveryRetention, RemovedRows } from '#app/ports/delivery-lists.ts'
import { bySystem } from './ask-for-deliveries.ts'
import type { World } from './world.ts'

const DAY_MS = 86_400_000
/** Rows of one transaction: locks for a moment, and one audit row that tells of them. */
const BATCH = 5000
/** Batches of one night and kind; what is left over goes the next night. */
const BATCHES = 200
/** GitHub forgets deliveries after 3 days; as long as this an operator may ask what was given up. */
const MISSED_DAYS = 30

export interface RetainedDeliveries {
  /** Deliveries that lost their body. */
  readonly bodies: number
  /** Rows that were removed. */
  readonly keys: number
  /** How many of both had been put aside. */
  readonly quarantined: number
  /** Notes of missed deliveries. */
  readonly missed: number
  /** Size of all bodies that went. */
  readonly bytes: number
}

type RetentionWorld = Pick<World, 'store' | 'clock' | 'log'> & {
  readonly settings: Pick<World['settings'], 'retention'>
}

/**
 * Removes what is older than `settings.retention`. Never touches a row that is neither done nor put
 * aside. While a key is there, a second copy of its
 * delivery is a duplicate, with or without a body; a run's trigger key is another thing and stays.
 */
export async function retainDeliveries(world: RetentionWorld): Promise<RetainedDeliveries> {
  const now = world.clock.now().getTime()
  const { payloadDays, keyDays } = world.settings.retention
  const keys = await inBatches(world, {
    type: 'deliveries.removed',
    before: new Date(now - keyDays * DAY_MS),
    drop: (table, before) => table.dropKeys(before, BATCH)
  })
  const bodies = await inBatches(world, {
    type: 'deliveries.bodies_removed',
    before: new Date(now - payloadDays * DAY_MS),
    drop: (table, before) => table.dropBodies(before, BATCH)
  })
  const missed = await inBatches(world, {
    type: 'missed_deliveries.removed',
    before: new Date(now - MISSED_DAYS * DAY_MS),
    drop: (table, before) => table.dropMissed(before, BATCH)
  })
  const retained: RetainedDeliveries = {
    bodies: bodies.rows,
    keys: keys.rows,
    quarantined: bodies.quarantined + keys.quarantined,
    missed: missed.rows,
    bytes: bodies.bytes + keys.bytes
  }
  if (bodies.rows + keys.rows + missed.rows > 0)
    world.log.info({ ...retained }, 'old deliveries removed')
  return retained
}

interface Removal {
  readonly type: string
  readonly before: Date
  readonly drop: (table: DeliveryRetention, before: Date) => Promise<RemovedRows>
}

/** Each batch and the audit row that counts it are one transaction, so that a crash hides nothing. */
async function inBatches(world: RetentionWorld, removal: Removal): Promise<RemovedRows> {
  let sum: RemovedRows = { rows: 0, bytes: 0, quarantined: 0 }
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const removed = await world.store.transaction(async ({ deliveryRetention, audit }) => {
      const counted = await removal.drop(deliveryRetention, removal.before)
      if (counted.rows > 0) await audit.add(auditEntry(removal, counted))
      return counted
    })
    sum = {
      rows: sum.rows + removed.rows,
      bytes: sum.bytes + removed.bytes,
      quarantined: sum.quarantined + removed.quarantined
    }
    if (removed.rows < BATCH) break
  }
  return sum
}

function auditEntry({ type, before }: Removal, counted: RemovedRows): AuditEntry {
  return {
    ...bySystem(`retention:${before.toISOString()}`),
    type,
    reason: 'retention',
    payload: { ...counted, before: before.toISOString() }
  }
}
