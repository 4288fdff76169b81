import type { Knex } from 'knex'
import {
  type ClaimedEffect,
  type Effect,
  isLevelTriggered,
  type Lane,
  type NewEffect,
  targetOf
} from '#app/core/effect.ts'
import type { Effects } from '#app/ports/effects.ts'
import { isDuplicate } from './database-errors.ts'
import type { Hint } from './hint.ts'
import { json, query } from './query.ts'

/**
 * The journal of writes to the outside (decisions 34). While an effect is worked on its `run_after`
 * is infinity; a time there says that it was asked for again meanwhile, and for when.
 */
export function postgresEffects(db: Knex, hint: Hint): Effects {
  return {
    add: effect => add(db, hint, effect),
    claim: (worker, count, leaseSeconds) => claim(db, { worker, count, leaseSeconds }),
    settle: (id, worker, outcome) => settle(db, hint, { id, worker, outcome }),
    releaseExpired: () => releaseExpired(db, hint),
    find: key => find(db, key)
  }
}

/**
 * Effects of a target go in order, so an urgent one lifts those that wait before it into its lane:
 * else a gate's decision would stand behind a refusal that the limiter holds back.
 */
const INSERT = `
  with lifted as (
    update effects set lane = :lane
     where target = :target and state = 'waiting' and lane > :lane and key <> :key)
  insert into effects (key, kind, target, lane, payload, run_id, correlation_id, run_after)
  values (:key, :kind, :target, :lane, :payload, :run, :correlationId,
          now() + :delayMs * interval '1 millisecond')`

/**
 * Asked again: it takes a new place at the end of its target's order, because it has to show what
 * was asked for before it (a pull request is brought up to date after the push). A backoff stands.
 */
const ASK_AGAIN = `
  on conflict (key) do update set
    revision = effects.revision + 1,
    position = default,
    payload = excluded.payload,
    correlation_id = excluded.correlation_id,
    lane = case when effects.state in ('waiting', 'working')
                then least(effects.lane, excluded.lane) else excluded.lane end,
    run_after = case when effects.state = 'waiting' and effects.attempts > 0 then effects.run_after
                     when effects.state in ('waiting', 'working')
                     then least(effects.run_after, excluded.run_after)
                     else excluded.run_after end,
    attempts = case effects.state when 'done' then 0
                                  when 'failed' then least(effects.attempts, 1)
                                  else effects.attempts end,
    state = case effects.state when 'working' then 'working' else 'waiting' end,
    error = null, finished_at = null`

async function add(
  db: Knex,
  hint: Hint,
  effect: NewEffect
): Promise<'added' | 'known' | 'asked_again'> {
  const again = isLevelTriggered(effect.effect) ? ASK_AGAIN : 'on conflict (key) do nothing'
  const delayMs = effect.delayMs ?? 0
  const [row] = await query<{ readonly revision: number }>(
    db,
    `${INSERT} ${again} returning revision`,
    {
      key: effect.key,
      kind: effect.effect.kind,
      target: targetOf(effect.effect),
      lane: effect.lane,
      payload: json(effect.effect),
      run: effect.run,
      correlationId: effect.correlationId,
      delayMs
    }
  )
  if (row === undefined) return 'known'
  if (delayMs <= 0) hint('effects')
  return row.revision === 1 ? 'added' : 'asked_again'
}

interface EffectRow {
  readonly id: number
  readonly key: string
  readonly payload: Effect
  readonly lane: Lane
  readonly revision: number
  readonly attempts: number
  readonly run_id: string | null
  readonly correlation_id: string | null
  readonly position: number
}

/** Only the head of a target can be taken; the rest as for deliveries. */
const CLAIM = `
  with picked as materialized (
    select e.id from effects e
     where e.state = 'waiting' and e.run_after <= now()
       and not exists (select from effects earlier
                        where earlier.target = e.target and earlier.position < e.position
                          and earlier.state in ('waiting', 'working'))
       and not exists (select from effects busy
                        where busy.target = e.target and busy.state = 'working')
     order by e.lane, e.run_after, e.position limit :count for update skip locked)
  update effects e
     set state = 'working', worker = :worker, attempts = e.attempts + 1, run_after = 'infinity',
         lease_until = now() + :leaseSeconds * interval '1 second'
    from picked where e.id = picked.id
  returning e.id, e.key, e.payload, e.lane, e.revision, e.attempts, e.run_id, e.correlation_id, e.position`

async function claim(
  db: Knex,
  bindings: { readonly worker: string; readonly count: number; readonly leaseSeconds: number }
): Promise<readonly ClaimedEffect[]> {
  try {
    // A savepoint: the caller's transaction survives a lost race.
    const rows = await db.transaction(inner => query<EffectRow>(inner, CLAIM, bindings))
    return rows
      .toSorted((left, right) => left.lane - right.lane || left.position - right.position)
      .map(toClaimed)
  } catch (error) {
    if (isDuplicate(error, 'effects_one_at_a_time')) return []
    throw error
  }
}

function toClaimed(row: EffectRow): ClaimedEffect {
  return {
    id: row.id,
    key: row.key,
    effect: row.payload,
    lane: row.lane,
    revision: row.revision,
    // The row counts the try that begins now; ours are the earlier ones.
    attempts: row.attempts - 1,
    run: row.run_id,
    correlationId: row.correlation_id
  }
}

interface Settlement {
  readonly id: number
  readonly worker: string
  readonly outcome: Parameters<Effects['settle']>[2]
}

async function settle(db: Knex, hint: Hint, settlement: Settlement): Promise<boolean> {
  const { id, worker } = settlement
  const { sets, bindings } = ending(settlement.outcome)
  const [settled] = await query<{ readonly ready: boolean }>(
    db,
    `update effects e set ${sets}, worker = null, lease_until = null
      where e.id = :id and e.worker = :worker and e.state = 'working'
  returning (e.state = 'waiting' and e.run_after <= now())
         or exists (select from effects next
                     where next.target = e.target and next.state = 'waiting') as ready`,
    { ...bindings, id, worker }
  )
  if (settled?.ready === true) hint('effects')
  return settled !== undefined
}

const ASKED_FOR = `coalesce(nullif(e.run_after, 'infinity'), now())`

function ending(outcome: Settlement['outcome']): {
  readonly sets: string
  readonly bindings: Readonly<Record<string, string | number>>
} {
  switch (outcome.kind) {
    case 'done':
      return {
        sets: `state = case when e.revision > :revision then 'waiting' else 'done' end,
               finished_at = case when e.revision > :revision then null else now() end,
               attempts = case when e.revision > :revision then 0 else e.attempts end,
               done_revision = :revision, result = :result, error = null, run_after = ${ASKED_FOR}`,
        bindings: { revision: outcome.revision, result: json(outcome.result) }
      }
    case 'retry':
      return {
        sets: `state = 'waiting', error = :error, run_after = now() + :afterSeconds * interval '1 second'`,
        bindings: { error: outcome.error, afterSeconds: outcome.afterSeconds }
      }
    case 'failed':
      return {
        sets: `state = case when e.run_after < 'infinity' then 'waiting' else 'failed' end,
               finished_at = case when e.run_after < 'infinity' then null else now() end,
               attempts = case when e.run_after < 'infinity' then 1 else e.attempts end,
               error = :error, run_after = ${ASKED_FOR}`,
        bindings: { error: outcome.error }
      }
  }
}

async function releaseExpired(db: Knex, hint: Hint): Promise<number> {
  const released = await query(
    db,
    `update effects e set state = 'waiting', worker = null, lease_until = null, run_after = now(),
            error = 'worker lost: its lease ran out'
      where e.state = 'working' and e.lease_until < now() returning e.id`
  )
  const revived = await query(
    db,
    `update effects e set state = 'waiting', attempts = 1, run_after = now(), finished_at = null
      where e.state = 'failed' and e.kind in ('sync-status-comment', 'sync-check-run')
        and e.finished_at < now() - interval '10 minutes'
        and e.created_at > now() - interval '7 days' returning e.id`
  )
  const count = released.length + revived.length
  if (count > 0) hint('effects')
  return count
}

interface FoundRow {
  readonly state: 'waiting' | 'working' | 'done' | 'failed'
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: string | null
}

async function find(db: Knex, key: string): ReturnType<Effects['find']> {
  const [row] = await query<FoundRow>(
    db,
    'select state, result, error from effects where key = :key',
    { key }
  )
  return row === undefined ? null : { state: row.state, result: row.result, error: row.error }
}
