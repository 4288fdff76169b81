import type { Knex } from 'knex'
import type {
  DeliveryFilter,
  DeliveryLists,
  DeliveryRetention,
  RemovedRows,
  StoredDelivery
} from '#app/ports/delivery-lists.ts'
import type { Hint } from './hint.ts'
import { type Binding, iso, isoOrNull, query } from './query.ts'

/** Stored deliveries for people: what is there, and one put back by hand. */
export function postgresDeliveryLists(db: Knex, hint: Hint): DeliveryLists {
  return {
    list: filter => list(db, filter),
    load: (id, lock) => load(db, id, lock),
    body: id => body(db, id),
    putBack: id => putBack(db, hint, id)
  }
}

interface StoredRow {
  readonly id: string
  readonly event: string
  readonly subject: string | null
  readonly state: StoredDelivery['state']
  readonly disposition: string | null
  readonly reason: string | null
  readonly attempts: number
  readonly received_at: Date
  readonly finished_at: Date | null
  readonly bytes: number | null
}

/** `octet_length` reads a stored length and not the body. */
const selectFrom = (deliveries: string): string => `
  select d.id, d.event, d.state, d.disposition, d.reason, d.attempts, d.received_at, d.finished_at,
         octet_length(d.body) as bytes,
         coalesce((select r.owner || '/' || r.name || '#' || split_part(d.subject, '#', 2)
                     from repositories r
                    where r.provider = 'github'
                      and r.provider_id::text = split_part(d.subject, '#', 1)), d.subject) as subject
    from ${deliveries} d`

function toStored(row: StoredRow): StoredDelivery {
  const { received_at, finished_at, ...rest } = row
  return { ...rest, receivedAt: iso(received_at), finishedAt: isoOrNull(finished_at) }
}

async function list(db: Knex, filter: DeliveryFilter): Promise<readonly StoredDelivery[]> {
  const { limit, event, before } = filter
  const states = [...new Set(filter.states)]
  if (filter.states !== undefined && states.length === 0) return []
  const conditions = [
    ...(event === undefined ? [] : ['event = :event']),
    ...(before === undefined
      ? []
      : [
          '(received_at, sequence) < (select received_at, sequence from deliveries where id = :before)'
        ])
  ]
  const page = 'order by received_at desc, sequence desc limit :limit'
  const where = (more: readonly string[]): string => {
    const all = [...more, ...conditions]
    return all.length === 0 ? page : `where ${all.join(' and ')} ${page}`
  }
  // Each state is read by itself: what is open or put aside has a small index, which the planner takes
  // only for a state that it knows.
  const branches = states.map(
    (_, n) => `(select * from deliveries ${where([`state = :state${n}`])})`
  )
  const from =
    branches.length === 0
      ? `(select * from deliveries ${where([])})`
      : `(select * from (${branches.join(' union all ')}) named ${page})`
  const rows = await query<StoredRow>(db, `${selectFrom(from)} ${page}`, {
    limit,
    ...(event === undefined ? {} : { event }),
    ...(before === undefined ? {} : { before }),
    ...Object.fromEntries(states.map((state, n) => [`state${n}`, state]))
  })
  return rows.map(toStored)
}

async function load(db: Knex, id: string, lock?: 'lock'): Promise<StoredDelivery | null> {
  const [row] = await query<StoredRow>(
    db,
    `${selectFrom('deliveries')} where d.id = :id ${lock === undefined ? '' : 'for update of d'}`,
    { id }
  )
  return row === undefined ? null : toStored(row)
}

async function body(db: Knex, id: string): Promise<Buffer | null> {
  const [row] = await query<{ readonly body: Buffer | null }>(
    db,
    'select body from deliveries where id = :id',
    { id }
  )
  return row?.body ?? null
}

async function putBack(db: Knex, hint: Hint, id: string): Promise<void> {
  await query(
    db,
    `update deliveries
        set state = 'waiting', attempts = 0, run_after = now(), disposition = null, reason = null,
            finished_at = null
      where id = :id and state in ('done', 'quarantined') and body is not null`,
    { id }
  )
  hint('deliveries')
}

/** Old deliveries, taken away in batches so that no lock is held for long. */
export function postgresDeliveryRetention(db: Knex): DeliveryRetention {
  return {
    dropBodies: (before, limit) => dropBodies(db, before, limit),
    dropKeys: (before, limit) => dropKeys(db, before, limit),
    dropMissed: (before, limit) => dropMissed(db, before, limit)
  }
}

async function dropBodies(db: Knex, before: Date, limit: number): Promise<RemovedRows> {
  return counted(
    db,
    `with old as materialized (
       select id, octet_length(body) as bytes, state = 'quarantined' as put_aside from deliveries
        where state in ('done', 'quarantined') and body is not null and finished_at < :before
        order by finished_at limit :limit for update skip locked),
     gone as (update deliveries d set body = null from old where d.id = old.id returning d.id)`,
    { before: before.toISOString(), limit }
  )
}

async function dropKeys(db: Knex, before: Date, limit: number): Promise<RemovedRows> {
  return counted(
    db,
    `with old as materialized (
       select id, coalesce(octet_length(body), 0) as bytes, state = 'quarantined' as put_aside
         from deliveries
        where received_at < :before and state in ('done', 'ignored', 'quarantined')
        order by received_at limit :limit for update skip locked),
     gone as (delete from deliveries d using old where d.id = old.id returning d.id)`,
    { before: before.toISOString(), limit }
  )
}

async function counted(
  db: Knex,
  statement: string,
  bindings: Readonly<Record<string, Binding>>
): Promise<RemovedRows> {
  const [row] = await query<RemovedRows>(
    db,
    `${statement}
     select count(*) as rows, coalesce(sum(bytes), 0)::bigint as bytes,
            count(*) filter (where put_aside) as quarantined
       from old join gone using (id)`,
    bindings
  )
  return row ?? { rows: 0, bytes: 0, quarantined: 0 }
}

async function dropMissed(db: Knex, before: Date, limit: number): Promise<RemovedRows> {
  return counted(
    db,
    `with old as materialized (
       select guid as id, 0 as bytes, false as put_aside from missed_deliveries
        where first_at < :before limit :limit for update skip locked),
     gone as (delete from missed_deliveries m using old where m.guid = old.id returning m.guid as id)`,
    { before: before.toISOString(), limit }
  )
}
