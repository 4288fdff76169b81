import type { Knex } from 'knex'
import { AppError } from '#app/core/errors.ts'
import type { Attempt, AttemptLists, Attempts } from '#app/ports/attempts.ts'
import { type Binding, iso, isoOrNull, json, query } from './query.ts'

type AttemptChange = Parameters<Attempts['change']>[1]

/** One row of `run_attempts` at a time, and the token that speaks for it. */
export function postgresAttempts(db: Knex): Attempts {
  return {
    insert: attempt => insert(db, attempt),
    load: async id => (await select(db, 'where a.id = :id', { id }))[0] ?? null,
    setToken: (id, hash, lifeSeconds) => setToken(db, { id, hash, lifeSeconds }),
    change: (id, change) => changeAttempt(db, id, change),
    byToken: async hash =>
      (
        await select(db, 'where a.token_hash = :hash and a.token_expires_at > now()', { hash })
      )[0] ?? null
  }
}

/** Attempts of a run or a machine, and the bundle an attempt handed over. */
export function postgresAttemptLists(db: Knex): AttemptLists {
  return {
    of: runId => select(db, 'where a.run_id = :runId order by a.number', { runId }),
    uncleaned: machine => uncleaned(db, machine),
    putBundle: (id, sha256, data) => putBundle(db, { id, sha256, data }),
    bundle: id => bundle(db, id)
  }
}

async function insert(db: Knex, attempt: Parameters<Attempts['insert']>[0]): Promise<void> {
  await query(
    db,
    `insert into run_attempts (id, run_id, number, executor, machine)
     values (:id, :runId, :number, :executor, :machine)`,
    { ...attempt }
  )
}

interface AttemptRow {
  readonly id: string
  readonly run_id: string
  readonly number: number
  readonly executor: string
  readonly machine: string
  readonly state: Attempt['state']
  readonly isolation: Attempt['isolation']
  readonly claimed: boolean
  readonly heartbeat_age: number | null
  readonly age: number
  readonly stop_reason: string | null
  readonly stopping: number | null
  readonly end_kind: Attempt['end']
  readonly message: string | null
  readonly report: Attempt['report']
  readonly has_bundle: boolean
  readonly cleaned: boolean
  readonly started_at: Date
  readonly ended_at: Date | null
}

async function select(
  db: Knex,
  rest: string,
  bindings: Readonly<Record<string, Binding>>
): Promise<readonly Attempt[]> {
  const rows = await query<AttemptRow>(
    db,
    `select a.id, a.run_id, a.number, a.executor, a.machine, a.state, a.isolation,
            a.claimed_at is not null as claimed,
            extract(epoch from now() - a.heartbeat_at)::float8 as heartbeat_age,
            extract(epoch from now() - a.started_at)::float8 as age,
            a.stop_reason,
            extract(epoch from now() - a.stop_asked_at)::float8 as stopping, a.end_kind, a.message, a.report, a.bundle_sha256 is not null as has_bundle,
            a.cleaned_at is not null as cleaned, a.started_at, a.ended_at
       from run_attempts a ${rest}`,
    bindings
  )
  return rows.map(toAttempt)
}

function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    runId: row.run_id,
    number: row.number,
    executor: row.executor,
    machine: row.machine,
    state: row.state,
    isolation: row.isolation,
    claimed: row.claimed,
    heartbeatAgeSeconds: sinceOrNull(row.heartbeat_age),
    ageSeconds: since(row.age),
    stopReason: row.stop_reason,
    stoppingSeconds: sinceOrNull(row.stopping),
    end: row.end_kind,
    message: row.message,
    report: row.report,
    hasBundle: row.has_bundle,
    cleaned: row.cleaned,
    startedAt: iso(row.started_at),
    endedAt: isoOrNull(row.ended_at)
  }
}

/** A time set by a transaction that began after ours lies in our future. */
function since(seconds: number): number {
  return Math.max(0, seconds)
}

function sinceOrNull(seconds: number | null): number | null {
  return seconds === null ? null : since(seconds)
}

async function uncleaned(db: Knex, machine: string): Promise<readonly Attempt[]> {
  return select(
    db,
    `join runs r on r.id = a.run_id
     where a.machine = :machine and a.cleaned_at is null
       and (a.state = 'ended' or r.finished_at is not null)
     order by a.started_at, a.id`,
    { machine }
  )
}

async function setToken(
  db: Knex,
  token: { readonly id: string; readonly hash: Buffer; readonly lifeSeconds: number }
): Promise<void> {
  await updateOne(
    db,
    token.id,
    [`token_hash = :hash`, `token_expires_at = now() + :lifeSeconds * interval '1 second'`],
    { hash: token.hash, lifeSeconds: token.lifeSeconds }
  )
}

async function changeAttempt(db: Knex, id: string, change: AttemptChange): Promise<void> {
  const sets: string[] = []
  const bindings: Record<string, Binding> = {}
  const set = (assignment: string, key: string, value: Binding | undefined): void => {
    if (value === undefined) return
    sets.push(assignment)
    bindings[key] = value
  }
  set('state = :state', 'state', change.state)
  set('isolation = :isolation', 'isolation', change.isolation)
  set('stop_reason = :stopReason', 'stopReason', change.stopReason)
  set('end_kind = :end', 'end', change.end)
  set('message = :message', 'message', change.message)
  set('report = :report', 'report', change.report === undefined ? undefined : json(change.report))
  if (change.stopReason !== undefined) sets.push('stop_asked_at = coalesce(stop_asked_at, now())')
  if (change.state === 'ended') sets.push('ended_at = coalesce(ended_at, now())')
  if (change.claimed) sets.push('claimed_at = coalesce(claimed_at, now())')
  if (change.heartbeat) sets.push('heartbeat_at = now()')
  if (change.cleaned) sets.push('cleaned_at = coalesce(cleaned_at, now())')
  if (change.revokeToken) sets.push('token_hash = null', 'token_expires_at = null')
  if (change.dropBundle) sets.push('bundle = null', 'bundle_sha256 = null')
  if (sets.length > 0) await updateOne(db, id, sets, bindings)
}

async function putBundle(
  db: Knex,
  bundle: { readonly id: string; readonly sha256: string; readonly data: Buffer }
): Promise<void> {
  await updateOne(db, bundle.id, ['bundle = :data', 'bundle_sha256 = :sha256'], {
    data: bundle.data,
    sha256: bundle.sha256
  })
}

async function bundle(
  db: Knex,
  id: string
): Promise<{ readonly sha256: string; readonly data: Buffer } | null> {
  const [row] = await query<{ readonly sha256: string; readonly data: Buffer }>(
    db,
    `select bundle_sha256 as sha256, bundle as data from run_attempts
      where id = :id and bundle is not null`,
    { id }
  )
  return row ?? null
}

async function updateOne(
  db: Knex,
  id: string,
  sets: readonly string[],
  bindings: Readonly<Record<string, Binding>>
): Promise<void> {
  const rows = await query(
    db,
    `update run_attempts set ${sets.join(', ')} where id = :id returning id`,
    { ...bindings, id }
  )
  if (rows.length === 0) throw new AppError('NOT_FOUND', `writing attempt ${id}: there is none`)
}
