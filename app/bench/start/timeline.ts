/** When what happened to the run of an issue, by the rows that the app writes anyway; all on this machine's clock. */
import type { Client } from 'pg'

/**
 * Moments on the way, in the order in which they usually come. Those of the database are when the
 * transaction that says so began; `attempt claimed` and `executor started` pass each other at times.
 */
export const MOMENTS = [
  'delivery stored',
  'facts known',
  'run claimed',
  'base found',
  'executor started',
  'attempt claimed',
  'launcher at work',
  'clone done',
  'agent spawned'
] as const

export type Moment = (typeof MOMENTS)[number]

/** Milliseconds since 1970. */
export type Timeline = Readonly<Record<Moment, number>>

const TIMELINE = `
  select r.issue_number as issue,
         extract(epoch from d.received_at)::float8 * 1000 as "delivery stored",
         extract(epoch from created.at)::float8 * 1000 as "facts known",
         extract(epoch from r.lease_taken_at)::float8 * 1000 as "run claimed",
         extract(epoch from preparing.at)::float8 * 1000 as "base found",
         extract(epoch from started.at)::float8 * 1000 as "executor started",
         extract(epoch from a.claimed_at)::float8 * 1000 as "attempt claimed",
         extract(epoch from ready.at)::float8 * 1000
           - coalesce((ready.data->>'preparedMs')::float8, 0) as "launcher at work",
         extract(epoch from ready.at)::float8 * 1000 as "clone done",
         extract(epoch from agent.at)::float8 * 1000 as "agent spawned"
    from runs r
    join deliveries d on d.id = r.correlation_id
    join run_attempts a on a.run_id = r.id and a.number = 1
    join run_events created on created.run_id = r.id and created.type = 'run.created'
    join run_events preparing on preparing.run_id = r.id and preparing.type = 'run.preparing'
    join run_events started on started.run_id = r.id and started.type = 'run.place_started'
    join run_events ready on ready.run_id = r.id and ready.type = 'place.ready'
    join run_events agent on agent.run_id = r.id and agent.type = 'agent.started'
   where r.issue_number = any($1)`

/** Timelines of the issues' runs whose agents have been spawned. */
export async function timelines(
  database: Client,
  issues: readonly number[]
): Promise<ReadonlyMap<number, Timeline>> {
  const { rows } = await database.query<Timeline & { readonly issue: number }>(TIMELINE, [issues])
  return new Map(rows.map(({ issue, ...timeline }) => [issue, timeline]))
}

/** How many of the issues' runs have their agent. */
export function spawned(database: Client, issues: readonly number[]): Promise<number> {
  return count(database, issues, {
    name: 'spawned',
    text: `select count(*)::int as count from run_events e
            where e.type = 'agent.started'
              and e.run_id in (select id from runs where issue_number = any($1))`
  })
}

/** How many of the issues' runs have ended, with everything of theirs on GitHub up to date. */
export function settled(database: Client, issues: readonly number[]): Promise<number> {
  return count(database, issues, {
    name: 'settled',
    text: `select count(*)::int as count from runs r
            where r.issue_number = any($1) and r.finished_at is not null
              and not exists (select from effects e where e.run_id = r.id
                                 and e.state in ('waiting', 'working'))`
  })
}

/** A named statement is planned once: who looks often must not take the processor from whom it looks at. */
async function count(
  database: Client,
  issues: readonly number[],
  query: { readonly name: string; readonly text: string }
): Promise<number> {
  const { rows } = await database.query<{ readonly count: number }>({ ...query, values: [issues] })
  return rows[0]?.count ?? 0
}

/** How the runs of these issues ended that did not reach their agent. */
export async function failures(
  database: Client,
  issues: readonly number[]
): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly words: string }>(
    `select format('issue %s: %s in phase %s, %s %s', issue_number, state, phase, reason, detail) as words
       from runs r where issue_number = any($1)
        and not exists (select from run_events e where e.run_id = r.id and e.type = 'agent.started')`,
    [issues]
  )
  return rows.map(row => row.words)
}
