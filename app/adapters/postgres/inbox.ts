/** Stores webhooks: everything that waits is one statement and one commit (decisions 33). */
import type { Knex } from 'knex'
import type { Client } from 'pg'
import type { NewDelivery } from '#app/core/delivery.ts'
import { AppError } from '#app/core/errors.ts'
import type { Inbox } from '#app/ports/inbox.ts'
import { reaching } from './database-errors.ts'
import { codeOf } from './failure.ts'
import { groupCommit } from './group-commit.ts'

/** A commit costs the same for one row and for many; past some dozen a larger group gains nothing. */
const ROWS = 100
const BYTES = 8 * 1024 * 1024
/** Below the ten seconds that GitHub waits for an answer; what hangs longer must not hold up the rest. */
const WRITE_MS = 8000

export type PostgresInbox = Inbox & {
  /** Resolves when everything that was put is answered. */
  close(): Promise<void>
}

/**
 * The inbox on a pool of `connect`; it takes one connection at a time, and none while nothing comes.
 * Rejects with DATABASE_UNREACHABLE when the connection is missing, lost, or silent for 8 s.
 */
export function postgresInbox(db: Knex): PostgresInbox {
  const group = groupCommit<NewDelivery, boolean>({
    rows: ROWS,
    bytes: BYTES,
    sizeOf: delivery => delivery.body?.byteLength ?? 0,
    write: deliveries => reaching('storing deliveries', () => insert(db, deliveries)),
    isRowsFault: error => !(error instanceof AppError) && codeOf(error) !== ''
  })
  return { put: group.put, close: group.drained }
}

/**
 * All bodies travel as one binary value and are cut apart by the server: an array of bytea would be
 * sent as hex, twice as long, and one value each would need a statement for every number of rows.
 * Numbers are given in the order of arrival, rows are written in that of their ids, so that two
 * replicas with the same deliveries wait for each other in one direction only.
 */
const INSERT = `
  with arrived as materialized (
    select row.*, nextval('deliveries_sequence_seq') as sequence
      from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[])
           as row (id, event, subject, start, size)),
  sorted as (select * from arrived order by id)
  insert into deliveries (id, event, subject, body, state, disposition, finished_at, sequence)
         overriding system value
  select id, event, subject, substring($6::bytea from start for size),
         case when size is null then 'ignored' else 'waiting' end,
         case when size is null then 'ignored' end,
         case when size is null then now() end, sequence
    from sorted
  on conflict (id) do nothing
  returning id`

async function insert(db: Knex, deliveries: readonly NewDelivery[]): Promise<readonly boolean[]> {
  const ids = deliveries.map(delivery => text(delivery.id))
  let end = 1
  const starts = deliveries.map(({ body }) => {
    const start = end
    end += body?.byteLength ?? 0
    return start
  })
  const values = [
    ids,
    deliveries.map(delivery => text(delivery.event)),
    deliveries.map(({ subject }) => (subject === null ? null : text(subject))),
    starts,
    deliveries.map(({ body }) => body?.byteLength ?? null),
    Buffer.concat(deliveries.flatMap(({ body }) => (body === null ? [] : [body])))
  ]
  const inserted = await onConnection(db, async client => {
    const statement = { name: 'inbox', text: INSERT, values, query_timeout: WRITE_MS }
    const { rows } = await client.query<{ readonly id: string }>(statement)
    return new Set(rows.map(row => row.id))
  })
  // Of several with one id the first is the new one.
  return ids.map(id => inserted.delete(id))
}

/** Postgres refuses NUL in text, and a sender's headers must not be able to fail an insert. */
function text(value: string): string {
  return value.replaceAll('\0', '')
}

/** A connection of knex's pool as `pg` knows it: knex itself has no prepared statements. */
async function onConnection<T>(db: Knex, work: (client: Client) => Promise<T>): Promise<T> {
  const pool: Pool = db.client
  const client = await pool.acquireConnection()
  try {
    return await work(client)
  } catch (error) {
    if (codeOf(error) === '') discard(client, error)
    throw error
  } finally {
    await pool.releaseConnection(client)
  }
}

interface Pool {
  acquireConnection(): Promise<Client>
  releaseConnection(client: Client): Promise<void>
}

/** The server did not answer: whatever it still says must not reach the next who asks. */
function discard(client: Client, error: unknown): void {
  // Knex's own mark; its pool looks at it before it hands a connection out.
  Object.assign(client, { __knex__disposed: error })
  // It may be gone already, which is what is wanted.
  client.end().catch(() => {})
}
