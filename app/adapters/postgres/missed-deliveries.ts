/** What GitHub has and the inbox has not, and how far the sweeps of its log have come. */
import type { Knex } from 'knex'
import type { GiveUpReason, MissedDelivery } from '#app/core/missed-delivery.ts'
import type {
  AskedDelivery,
  DeliverySweep,
  DeliverySweeps,
  GivenUp,
  MissedDeliveries
} from '#app/ports/missed-deliveries.ts'
import { iso, isoOrNull, query } from './query.ts'

export function postgresDeliverySweeps(db: Knex): DeliverySweeps {
  return { load: () => loadSweep(db), save: sweep => saveSweep(db, sweep) }
}

interface SweepRow {
  readonly swept_until: Date | null
  readonly inbox_since: Date
  readonly asked_at: Date | null
}

async function loadSweep(db: Knex): Promise<DeliverySweep | null> {
  const [row] = await query<SweepRow>(
    db,
    'select swept_until, inbox_since, asked_at from delivery_sweeps'
  )
  if (row === undefined) return null
  return { sweptUntil: row.swept_until, inboxSince: row.inbox_since, askedAt: row.asked_at }
}

async function saveSweep(db: Knex, sweep: DeliverySweep): Promise<void> {
  await query(
    db,
    `insert into delivery_sweeps (swept_until, inbox_since, asked_at)
     values (:sweptUntil, :inboxSince, :askedAt)
     on conflict (is_only) do update
        set swept_until = greatest(delivery_sweeps.swept_until, excluded.swept_until),
            asked_at = excluded.asked_at`,
    {
      sweptUntil: isoOrNull(sweep.sweptUntil),
      inboxSince: iso(sweep.inboxSince),
      askedAt: isoOrNull(sweep.askedAt)
    }
  )
}

export function postgresMissedDeliveries(db: Knex): MissedDeliveries {
  return {
    note: missed => note(db, missed),
    arrived: askedAt => arrived(db, askedAt),
    due: now => due(db, now),
    asked: (guid, ask) => asked(db, guid, ask),
    giveUp: which => giveUp(db, which)
  }
}

interface MissedRow {
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly attempt_id: string
  readonly status_code: number
  readonly first_at: Date
  readonly asks: number
  readonly asked_at: Date | null
  readonly next_ask_at: Date
  readonly reason: GiveUpReason | null
}

function toMissed(row: MissedRow): MissedDelivery {
  return {
    guid: row.guid,
    event: row.event,
    action: row.action,
    attemptId: row.attempt_id,
    firstAt: iso(row.first_at),
    statusCode: row.status_code
  }
}

/** A new row is due since its first attempt, so that those asked for before come after all new ones. */
async function note(db: Knex, missed: readonly MissedDelivery[]): Promise<number> {
  if (missed.length === 0) return 0
  const rows = await query<{ readonly is_new: boolean }>(
    db,
    `insert into missed_deliveries (guid, event, action, attempt_id, status_code, first_at, next_ask_at)
     select guid, event, nullif(action, ''), attempt_id, status_code, first_at::timestamptz,
            first_at::timestamptz
       from unnest(:guids::text[], :events::text[], :actions::text[], :attemptIds::text[],
                   :statusCodes::int[], :firstAts::text[])
            as given (guid, event, action, attempt_id, status_code, first_at)
      where not exists (select from deliveries d where d.id = given.guid)
     on conflict (guid) do update
        set attempt_id = excluded.attempt_id, status_code = excluded.status_code,
            first_at = least(missed_deliveries.first_at, excluded.first_at)
      where missed_deliveries.given_up_at is null
     returning xmax = 0 as is_new`,
    {
      guids: missed.map(one => one.guid),
      events: missed.map(one => one.event),
      actions: missed.map(one => one.action ?? ''),
      attemptIds: missed.map(one => one.attemptId),
      statusCodes: missed.map(one => one.statusCode),
      firstAts: missed.map(one => one.firstAt)
    }
  )
  return rows.filter(row => row.is_new).length
}

type Arrived = Awaited<ReturnType<MissedDeliveries['arrived']>>

async function arrived(db: Knex, askedAt: Date | null): Promise<Arrived> {
  const [row] = await query<Arrived>(
    db,
    `with gone as (
       delete from missed_deliveries m using deliveries d where d.id = m.guid
       returning m.guid, m.asked_at)
     select (select count(*) from gone) as arrived,
            (select count(*) from gone where asked_at = :askedAt) as came,
            count(*) filter (where asked_at = :askedAt) as asked,
            count(*) filter (where given_up_at is null
                               and guid not in (select guid from gone)) as waiting
       from missed_deliveries`,
    { askedAt: isoOrNull(askedAt) }
  )
  return row ?? { arrived: 0, asked: 0, came: 0, waiting: 0 }
}

/** What has come since is not missing any more, and not lost either. */
const IS_MISSING = 'not exists (select from deliveries d where d.id = m.guid)'

/** GitHub tells times in seconds; within one, the ids of attempts say what was sent first. */
async function due(db: Knex, now: Date): Promise<AskedDelivery | null> {
  const [row] = await query<MissedRow>(
    db,
    `select * from missed_deliveries m
      where given_up_at is null and next_ask_at <= :now and ${IS_MISSING}
      order by next_ask_at, attempt_id::numeric limit 1 for update skip locked`,
    { now: iso(now) }
  )
  if (row === undefined) return null
  return {
    ...toMissed(row),
    asks: row.asks,
    askedAt: row.asked_at,
    nextAskAt: row.next_ask_at
  }
}

async function asked(
  db: Knex,
  guid: string,
  ask: Pick<AskedDelivery, 'asks' | 'askedAt' | 'nextAskAt'>
): Promise<void> {
  await query(
    db,
    `update missed_deliveries set asks = :asks, asked_at = :askedAt, next_ask_at = :nextAskAt
      where guid = :guid`,
    { guid, asks: ask.asks, askedAt: isoOrNull(ask.askedAt), nextAskAt: iso(ask.nextAskAt) }
  )
}

async function giveUp(
  db: Knex,
  which: Parameters<MissedDeliveries['giveUp']>[0]
): Promise<readonly GivenUp[]> {
  const now = iso(which.now)
  const rows =
    'guid' in which
      ? await query<MissedRow>(
          db,
          `update missed_deliveries m set given_up_at = :now, reason = 'gone_from_github'
            where guid = :guid and given_up_at is null and ${IS_MISSING} returning *`,
          { now, guid: which.guid }
        )
      : await query<MissedRow>(
          db,
          `update missed_deliveries m
              set given_up_at = :now,
                  reason = case when first_at < :oldest then 'too_old' else 'asked_in_vain' end
            where given_up_at is null and ${IS_MISSING}
              and (first_at < :oldest or asks >= :maxAsks and next_ask_at <= :now)
           returning *`,
          { now, oldest: iso(which.oldest), maxAsks: which.maxAsks }
        )
  return rows.flatMap(row =>
    row.reason === null ? [] : [{ ...toMissed(row), asks: row.asks, reason: row.reason }]
  )
}
