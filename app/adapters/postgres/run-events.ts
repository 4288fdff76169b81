import type { Knex } from 'knex'
import type { RunnerEvent } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { RunEvents, StoredRunEvent } from '#app/ports/run-output.ts'
import { iso, json, query } from './query.ts'

type NumberedEvent = RunnerEvent & { readonly seq: number }

/** The numbered stream of what happens in a run (decisions 2). */
export function postgresRunEvents(db: Knex): RunEvents {
  return {
    add: (runId, type, data) => add(db, { runId, type, data }),
    addFromRunner: (runId, attempt, events) => addFromRunner(db, { runId, attempt, events }),
    list: (runId, afterSeq, limit) => list(db, { runId, afterSeq, limit }),
    newest: (runId, type, limit) => newest(db, { runId, type, limit })
  }
}

/** Numbers of a run have no gaps and no doubles: who gives the next one holds the run's row. */
async function lockRun(db: Knex, runId: string): Promise<void> {
  const rows = await query(db, 'select id from runs where id = :runId for no key update', { runId })
  if (rows.length === 0) {
    throw new AppError('RUN_NOT_FOUND', `adding an event to run ${runId}: there is none`)
  }
}

async function add(
  db: Knex,
  event: {
    readonly runId: string
    readonly type: string
    readonly data: Readonly<Record<string, unknown>>
  }
): Promise<void> {
  await lockRun(db, event.runId)
  await query(
    db,
    `insert into run_events (run_id, seq, attempt, type, data)
     select r.id, coalesce((select max(seq) from run_events where run_id = r.id), 0) + 1,
            nullif(r.attempt, 0), :type, :data
       from runs r where r.id = :runId`,
    { runId: event.runId, type: event.type, data: json(event.data) }
  )
}

/** Stores what follows the last known number without a gap; the runner sends the rest again. */
async function addFromRunner(
  db: Knex,
  batch: {
    readonly runId: string
    readonly attempt: number
    readonly events: readonly NumberedEvent[]
  }
): Promise<number> {
  const { runId, attempt } = batch
  await lockRun(db, runId)
  const [last] = await query<{ readonly seq: number }>(
    db,
    `select coalesce(max(attempt_seq), 0) as seq from run_events
      where run_id = :runId and attempt = :attempt`,
    { runId, attempt }
  )
  const events = following(last?.seq ?? 0, batch.events)
  if (events.length > 0) {
    await query(
      db,
      `insert into run_events (run_id, seq, attempt, attempt_seq, type, data, at)
       select :runId,
              coalesce((select max(seq) from run_events where run_id = :runId), 0)
                + row_number() over (order by e.seq),
              :attempt, e.seq, e.type, e.data, e.at
         from jsonb_to_recordset(:events) as e (seq integer, type text, at timestamptz, data jsonb)`,
      { runId, attempt, events: json(events) }
    )
  }
  return (last?.seq ?? 0) + events.length + 1
}

function following(last: number, events: readonly NumberedEvent[]): readonly NumberedEvent[] {
  const accepted: NumberedEvent[] = []
  for (const event of events.toSorted((left, right) => left.seq - right.seq)) {
    if (event.seq === last + accepted.length + 1) accepted.push(event)
  }
  return accepted
}

interface EventRow {
  readonly seq: number
  readonly attempt: number | null
  readonly type: string
  readonly at: Date
  readonly data: StoredRunEvent['data']
}

async function list(
  db: Knex,
  page: { readonly runId: string; readonly afterSeq: number; readonly limit: number }
): Promise<readonly StoredRunEvent[]> {
  const rows = await query<EventRow>(
    db,
    `select seq, attempt, type, at, data from run_events
      where run_id = :runId and seq > :afterSeq order by seq limit :limit`,
    page
  )
  return rows.map(toStored)
}

function toStored(row: EventRow): StoredRunEvent {
  return { seq: row.seq, attempt: row.attempt, type: row.type, at: iso(row.at), data: row.data }
}

async function newest(
  db: Knex,
  wish: { readonly runId: string; readonly type: string; readonly limit: number }
): Promise<readonly StoredRunEvent[]> {
  const rows = await query<EventRow>(
    db,
    `select seq, attempt, type, at, data from run_events
      where run_id = :runId and type = :type order by seq desc limit :limit`,
    wish
  )
  return rows.toReversed().map(toStored)
}
