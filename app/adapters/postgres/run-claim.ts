import type { Knex } from 'knex'
import type { Run } from '#app/core/run.ts'
import { query } from './query.ts'
import { RUN_COLUMNS, type RunRow, toRun } from './run-row.ts'

export interface RunClaim {
  readonly worker: string
  readonly count: number
  readonly leaseSeconds: number
  /** Bounds all running runs, on every replica together. */
  readonly totalLimit: number
}

/**
 * Takes runs to work on: first running ones whose lease ran out, then pending ones, as the port
 * `Runs.claim` promises. Fairness: a project's nth running run comes after everybody's (n-1)th.
 */
export async function claimRuns(db: Knex, claim: RunClaim): Promise<readonly Run[]> {
  if (!(await isAnythingToClaim(db))) return []
  // The limits count rows that other claims are about to change, so claims go one after the other.
  // The lock is a statement of its own: a statement's snapshot is taken before it waits, and the
  // count must see what the claim before us committed.
  await query(db, `select pg_advisory_xact_lock(hashtext('stagewright.runs.claim'))`)
  const rows = await query<RunRow>(db, CLAIM, {
    worker: claim.worker,
    count: claim.count,
    leaseSeconds: claim.leaseSeconds,
    totalLimit: claim.totalLimit
  })
  return rows.map(toRun).toSorted((left, right) => left.createdAt.localeCompare(right.createdAt))
}

/** Keeps idle polls away from the lock. */
async function isAnythingToClaim(db: Knex): Promise<boolean> {
  const [row] = await query<{ readonly found: boolean }>(
    db,
    `select exists (select from runs where state = 'pending' and next_check_at <= now())
         or exists (select from runs where state = 'running'
                       and (lease_until is null or lease_until < now())) as found`
  )
  return row?.found === true
}

const CLAIM = `
  with abandoned as materialized (
    select id from runs
     where state = 'running' and (lease_until is null or lease_until < now())
     order by lease_until nulls first limit :count for update skip locked),
  room as (
    select greatest(0, least(:count - (select count(*) from abandoned),
                             :totalLimit - (select count(*) from runs where state = 'running'))) as places),
  queue as (
    select oldest.id, oldest.created_at,
           busy.runs + row_number() over (partition by p.id order by oldest.created_at, oldest.id) as place
      from projects p
     cross join lateral (select count(*) as runs from runs
                          where project_id = p.id and state = 'running') busy
     cross join lateral (select id, created_at from runs
                          where project_id = p.id and state = 'pending' and next_check_at <= now()
                          order by created_at, id
                          limit greatest(0, least(:count, p.max_parallel_runs - busy.runs))) oldest),
  chosen as materialized (
    select id from runs
     where state = 'pending'
       and id in (select id from queue order by place, created_at, id
                   limit (select places from room))
       for update skip locked)
  update runs
     set state = 'running', lease_owner = :worker, lease_taken_at = now(), fence = runs.fence + 1,
         lease_until = now() + :leaseSeconds * interval '1 second', next_check_at = now()
   where id in (select id from abandoned union all select id from chosen)
  returning ${RUN_COLUMNS}`
