import type { Knex } from 'knex'
import type { ClaimedDelivery, DeliveryOutcome } from '#app/core/delivery.ts'
import type { Deliveries } from '#app/ports/deliveries.ts'
import { isDuplicate } from './database-errors.ts'
import type { Hint } from './hint.ts'
import { iso, query } from './query.ts'

/** A delivery that was tried this often is put aside, so that the others of its subject flow. */
const MAX_ATTEMPTS = 8

/** The inbox, which is also its own queue (decisions 33). */
export function postgresDeliveries(db: Knex, hint: Hint): Deliveries {
  return {
    claim: (worker, count, leaseSeconds) => claim(db, { worker, count, leaseSeconds }),
    settle: (id, worker, outcome) => settle(db, { id, worker, outcome }),
    releaseExpired: () => releaseExpired(db, hint),
    counts: () => counts(db)
  }
}

interface DeliveryRow {
  readonly id: string
  readonly event: string
  readonly body: Buffer
  readonly attempts: number
  readonly received_at: Date
  readonly sequence: number
}

/** How many ready rows a claim looks at: bounds its cost when one issue has a long backlog. */
const WINDOW = 256

/**
 * Only the head of a subject can be taken, and nothing of a subject of which a row is worked on or
 * waits for its next try. What one snapshot cannot see, a row that commits late with an earlier
 * number, the partial unique index catches. Four times as many heads as asked for are tried,
 * because other claims may hold some at this moment.
 */
const CLAIM = `
  with held as materialized (
    select subject from deliveries where state = 'working' and subject is not null
    union all
    select subject from deliveries
     where state = 'waiting' and attempts > 0 and run_after > now() and subject is not null),
  ready as (
    select d.id, d.subject, d.sequence from deliveries d
     where d.state = 'waiting' and d.run_after <= now()
       and not exists (select from held where held.subject = d.subject)
     order by d.sequence limit :window),
  heads as (
    select distinct on (coalesce(subject, id)) id, sequence from ready
     order by coalesce(subject, id), sequence),
  picked as materialized (
    select id from deliveries
     where id in (select id from heads order by sequence limit 4 * :count)
       and state = 'waiting' and run_after <= now()
     order by sequence limit :count for update skip locked)
  update deliveries d
     set state = 'working', worker = :worker, attempts = d.attempts + 1,
         lease_until = now() + :leaseSeconds * interval '1 second'
    from picked where d.id = picked.id
  returning d.id, d.event, d.body, d.attempts, d.received_at, d.sequence`

async function claim(
  db: Knex,
  bindings: { readonly worker: string; readonly count: number; readonly leaseSeconds: number }
): Promise<readonly ClaimedDelivery[]> {
  try {
    // A savepoint: the caller's transaction survives a lost race.
    const rows = await db.transaction(inner =>
      query<DeliveryRow>(inner, CLAIM, { ...bindings, window: WINDOW })
    )
    return rows.toSorted((left, right) => left.sequence - right.sequence).map(toClaimed)
  } catch (error) {
    if (isDuplicate(error, 'deliveries_one_at_a_time')) return []
    throw error
  }
}

function toClaimed(row: DeliveryRow): ClaimedDelivery {
  return {
    id: row.id,
    event: row.event,
    body: row.body,
    // The row counts the try that begins now; ours are the earlier ones.
    attempts: row.attempts - 1,
    receivedAt: iso(row.received_at)
  }
}

async function settle(
  db: Knex,
  work: { readonly id: string; readonly worker: string; readonly outcome: DeliveryOutcome }
): Promise<boolean> {
  const { outcome, ...row } = work
  const [settled] = await query(
    db,
    `update deliveries d
        set state = case when again.yes then 'waiting' when :retry then 'quarantined' else :state end,
            disposition = case when again.yes then null when :retry then 'quarantined' else :disposition end,
            finished_at = case when again.yes then null else now() end,
            attempts = case when again.yes and :patient then 1 else d.attempts end,
            run_after = case when :retry then now() + :afterSeconds * interval '1 second' else d.run_after end,
            reason = :reason, worker = null, lease_until = null
       from (select :retry and (attempts < :maxAttempts
                    or :patient and received_at > now() - interval '1 day') as yes
               from deliveries where id = :id) again
      where d.id = :id and d.worker = :worker and d.state = 'working'
  returning d.id`,
    {
      ...row,
      retry: outcome.kind === 'retry',
      patient: outcome.kind === 'retry' && outcome.patient,
      state: outcome.kind === 'retry' ? 'waiting' : outcome.kind,
      disposition: outcome.kind === 'done' ? outcome.disposition : outcome.kind,
      afterSeconds: outcome.kind === 'retry' ? outcome.afterSeconds : 0,
      reason: outcome.reason,
      maxAttempts: MAX_ATTEMPTS
    }
  )
  return settled !== undefined
}

async function releaseExpired(db: Knex, hint: Hint): Promise<number> {
  // A delivery that ends its workers would come back for ever: lost leases count as tries.
  const released = await query(
    db,
    `update deliveries
        set state = case when attempts < :maxAttempts then 'waiting' else 'quarantined' end,
            disposition = case when attempts < :maxAttempts then null else 'quarantined' end,
            finished_at = case when attempts < :maxAttempts then null else now() end,
            reason = 'worker lost: its lease ran out', worker = null, lease_until = null
      where state = 'working' and lease_until < now() returning id`,
    { maxAttempts: MAX_ATTEMPTS }
  )
  if (released.length > 0) hint('deliveries')
  return released.length
}

/** Each count reads the partial index of its state, so the cost goes with what is open and not with what was. */
async function counts(db: Knex): Promise<Readonly<Record<string, number>>> {
  const [row] = await query<Record<string, number>>(
    db,
    `select (select count(*) from deliveries where state = 'waiting') as waiting,
            (select count(*) from deliveries where state = 'working') as working,
            (select count(*) from deliveries where state = 'quarantined') as quarantined`
  )
  return row ?? {}
}
