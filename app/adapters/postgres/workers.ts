import type { Knex } from 'knex'
import type { InHand, WorkerInstance, Workers } from '#app/ports/workers.ts'
import type { Hint } from './hint.ts'
import { query } from './query.ts'

/** The running instances of the app, and what they hold. */
export function postgresWorkers(db: Knex, hint: Hint): Workers {
  return {
    register: worker => register(db, worker),
    heartbeat: (id, inHand) => heartbeat(db, id, inHand),
    stop: id => stop(db, hint, id),
    reapDead: seconds => reapDead(db, seconds),
    onMachine: machine => onMachine(db, machine)
  }
}

async function register(db: Knex, worker: WorkerInstance): Promise<void> {
  await query(
    db,
    `insert into worker_instances (id, machine, role, pid, version)
     values (:id, :machine, :role, :pid, :version)
     on conflict (id) do update
        set machine = excluded.machine, role = excluded.role, pid = excluded.pid,
            version = excluded.version, started_at = now(), heartbeat_at = now(), stopped_at = null`,
    { ...worker }
  )
}

async function heartbeat(db: Knex, id: string, inHand?: InHand): Promise<void> {
  // Who was taken for dead and beats again (a suspended machine) is alive; its old leases are
  // fenced, so nothing is lost by believing it.
  await query(
    db,
    'update worker_instances set heartbeat_at = now(), stopped_at = null where id = :id',
    { id }
  )
  if (inHand === undefined) return
  const { deliveries, effects, leaseSeconds } = inHand
  if (deliveries.length > 0) {
    await query(
      db,
      `update deliveries set lease_until = now() + :leaseSeconds * interval '1 second'
        where state = 'working' and worker = :id and id = any(:deliveries)`,
      { id, deliveries, leaseSeconds }
    )
  }
  if (effects.length > 0) {
    await query(
      db,
      `update effects set lease_until = now() + :leaseSeconds * interval '1 second'
        where state = 'working' and worker = :id and id = any(:effects)`,
      { id, effects, leaseSeconds }
    )
  }
}

async function stop(db: Knex, hint: Hint, id: string): Promise<void> {
  await query(
    db,
    // Only a running run has a lease; said, so that it is found by the index of those.
    `update runs set lease_owner = null, lease_until = null
      where state = 'running' and lease_owner = :id`,
    {
      id
    }
  )
  // A handover is no failed try of the delivery.
  await query(
    db,
    `update deliveries
        set state = 'waiting', worker = null, lease_until = null, attempts = greatest(0, attempts - 1)
      where state = 'working' and worker = :id`,
    { id }
  )
  // An effect keeps its count: it may have been done without us knowing.
  await query(
    db,
    `update effects set state = 'waiting', worker = null, lease_until = null, run_after = now()
      where state = 'working' and worker = :id`,
    { id }
  )
  await query(
    db,
    'update worker_instances set stopped_at = coalesce(stopped_at, now()) where id = :id',
    { id }
  )
  hint('runs')
  hint('deliveries')
  hint('effects')
}

async function reapDead(db: Knex, seconds: number): Promise<readonly string[]> {
  const rows = await query<{ readonly id: string }>(
    db,
    `update worker_instances set stopped_at = now()
      where stopped_at is null and heartbeat_at < now() - :seconds * interval '1 second'
  returning id`,
    { seconds }
  )
  return rows.map(row => row.id)
}

async function onMachine(
  db: Knex,
  machine: string
): Promise<ReadonlyArray<{ readonly id: string; readonly pid: number }>> {
  return query<{ readonly id: string; readonly pid: number }>(
    db,
    'select id, pid from worker_instances where machine = :machine and stopped_at is null',
    { machine }
  )
}
