import type { Knex } from 'knex'
import { AppError } from '#app/core/errors.ts'
import { isFinal, type Run } from '#app/core/run.ts'
import type { NewRun, RunChange, Runs } from '#app/ports/runs.ts'
import { isDuplicate } from './database-errors.ts'
import type { Hint } from './hint.ts'
import { type Binding, json, jsonOrNull, query } from './query.ts'
import { claimRuns } from './run-claim.ts'
import { RUN_COLUMNS, type RunRow, toRun } from './run-row.ts'

/** One row of `runs` at a time, and the leases on them. */
export function postgresRuns(db: Knex, hint: Hint): Runs {
  return {
    insert: run => insert(db, hint, run),
    load: (id, lock) => load(db, id, lock === 'lock'),
    change: (id, fence, change) => changeRun(db, hint, { id, fence, change }),
    claim: (worker, options) => claimRuns(db, { worker, ...options }),
    renew: (worker, leaseSeconds) => renew(db, worker, leaseSeconds)
  }
}

const INSERT = `
  insert into runs (id, project_id, repository_id, issue_number, stage, kind, locale, trigger_key,
                    trigger_label, correlation_id, actor, request, parent_id, agent, executor,
                    branch, pull_request, timeout_seconds)
  values (:id, :projectId, :repositoryId, :issueNumber, :stage, :kind, :locale, :triggerKey,
          :triggerLabel, :correlationId, :actor, :request, :parentId, :agent, :executor,
          :branch, :pullRequest, :timeoutSeconds)
  on conflict do nothing returning id`

async function insert(
  db: Knex,
  hint: Hint,
  run: NewRun
): Promise<'created' | 'active' | 'duplicate'> {
  const bindings = { ...pick(run), request: json(run.request), agent: json(run.agent) }
  // The run that stood in the way may end between the two statements: then there is room now.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const inserted = await query(db, INSERT, bindings)
    if (inserted.length > 0) {
      hint('runs')
      return 'created'
    }
    const [row] = await query<{ readonly duplicate: boolean; readonly active: boolean }>(
      db,
      `select exists (select from runs where trigger_key = :triggerKey) as duplicate,
              exists (select from runs
                       where repository_id = :repositoryId and issue_number = :issueNumber and writes
                         and state in ('pending', 'running', 'waiting_owner_review', 'waiting_mcp',
                                       'waiting_backpressure')) as active`,
      {
        triggerKey: run.triggerKey,
        repositoryId: run.repositoryId,
        issueNumber: run.issueNumber
      }
    )
    if (row?.duplicate === true) return 'duplicate'
    if (row?.active === true) return 'active'
  }
  throw new AppError('CONFLICT', `storing run ${run.id}: its id is taken`)
}

function pick(run: NewRun): Readonly<Record<string, Binding>> {
  const { request: _request, agent: _agent, ...plain } = run
  return plain
}

async function load(db: Knex, id: string, lock: boolean): Promise<Run | null> {
  // "no key": rows that refer to this run (events, log chunks) can still be written meanwhile.
  const [row] = await query<RunRow>(
    db,
    `select ${RUN_COLUMNS} from runs where id = :id ${lock ? 'for no key update' : ''}`,
    { id }
  )
  return row === undefined ? null : toRun(row)
}

async function renew(
  db: Knex,
  worker: string,
  leaseSeconds: number
): Promise<ReadonlyArray<{ readonly id: string; readonly fence: number }>> {
  const rows = await query<{ readonly id: string; readonly fence: number }>(
    db,
    `update runs set lease_until = now() + :leaseSeconds * interval '1 second'
      where state = 'running' and lease_owner = :worker returning id, fence`,
    { worker, leaseSeconds }
  )
  return rows.map(row => ({ id: row.id, fence: row.fence }))
}

interface FencedChange {
  readonly id: string
  readonly fence: number | null
  readonly change: RunChange
}

async function changeRun(db: Knex, hint: Hint, wish: FencedChange): Promise<Run> {
  const row = await reopening(db, wish, inner => update(inner, wish))
  if (row === undefined) throw await refusal(db, wish)
  const { state, cancelBy, nextCheckInSeconds } = wish.change
  if (state !== undefined || cancelBy !== undefined || nextCheckInSeconds === 0) hint('runs')
  return toRun(row)
}

/**
 * Only a change of state can meet the index of active writers, when a final run becomes active
 * again (`/retry`); a savepoint keeps the caller's transaction usable then.
 */
async function reopening<T>(
  db: Knex,
  wish: FencedChange,
  work: (db: Knex) => Promise<T>
): Promise<T> {
  const { state } = wish.change
  if (state === undefined || isFinal(state)) return work(db)
  try {
    return await db.transaction(inner => work(inner))
  } catch (error) {
    if (!isDuplicate(error, 'runs_one_active_writer')) throw error
    throw new AppError('CONFLICT', `reopening run ${wish.id}: its issue has an active run`, {
      cause: error
    })
  }
}

async function update(db: Knex, wish: FencedChange): Promise<RunRow | undefined> {
  const { sets, bindings } = assignments(wish.change)
  const [row] = await query<RunRow>(
    db,
    `update runs set ${sets.join(', ')}
      where id = :id ${wish.fence === null ? '' : 'and fence = :fence'}
  returning ${RUN_COLUMNS}`,
    { ...bindings, id: wish.id, ...(wish.fence === null ? {} : { fence: wish.fence }) }
  )
  return row
}

async function refusal(db: Knex, { id, fence }: FencedChange): Promise<AppError> {
  const run = await load(db, id, false)
  if (run === null) return new AppError('RUN_NOT_FOUND', `writing run ${id}: there is none`)
  return new AppError('FENCED', `writing run ${id}: another worker took it over`, {
    fields: { fence, current: run.fence }
  })
}

const PLAIN_COLUMNS = {
  phase: 'phase',
  reason: 'reason',
  detail: 'detail',
  cancelBy: 'cancel_by',
  cancelReason: 'cancel_reason',
  baseRef: 'base_ref',
  baseSha: 'base_sha',
  anchorSha: 'anchor_sha',
  headSha: 'head_sha',
  pullRequest: 'pull_request',
  prompt: 'prompt',
  attempt: 'attempt',
  statusCommentId: 'status_comment_id',
  checkRunId: 'check_run_id',
  checkRunSha: 'check_run_sha'
} as const satisfies Partial<Record<keyof RunChange, string>>

const JSON_COLUMNS = {
  result: 'result',
  nextRevise: 'next_revise',
  promptSource: 'prompt_source'
} as const satisfies Partial<Record<keyof RunChange, string>>

interface Assignments {
  readonly sets: readonly string[]
  readonly bindings: Readonly<Record<string, Binding>>
}

function assignments(change: RunChange): Assignments {
  // Never empty, so that an empty change is still checked against the fence.
  const sets: string[] = ['fence = runs.fence']
  const bindings: Record<string, Binding> = {}
  for (const [key, column] of entriesOf(PLAIN_COLUMNS)) {
    const value = change[key]
    if (value === undefined || (key === 'phase' && endsRun(change))) continue
    sets.push(`${column} = :${key}`)
    bindings[key] = value
  }
  for (const [key, column] of entriesOf(JSON_COLUMNS)) {
    if (change[key] === undefined) continue
    sets.push(`${column} = :${key}`)
    bindings[key] = jsonOrNull(change[key])
  }
  if (change.state !== undefined) {
    sets.push(...stateAssignments(change))
    bindings.state = change.state
  }
  if (change.deadlineInSeconds !== undefined) {
    sets.push(
      'started_at = coalesce(runs.started_at, now())',
      `deadline_at = now() + :deadlineInSeconds * interval '1 second'`
    )
    bindings.deadlineInSeconds = change.deadlineInSeconds
  }
  if (change.nextCheckInSeconds !== undefined) {
    sets.push(`next_check_at = now() + :nextCheckInSeconds * interval '1 second'`)
    bindings.nextCheckInSeconds = change.nextCheckInSeconds
  }
  return { sets, bindings }
}

function endsRun(change: RunChange): boolean {
  return change.state !== undefined && isFinal(change.state)
}

/** Nobody works on a run that is not running, so every other state frees the lease. */
function stateAssignments(change: RunChange): readonly string[] {
  const state = 'state = :state'
  const free = ['lease_owner = null', 'lease_until = null']
  if (endsRun(change)) {
    const ended = ['finished_at = coalesce(runs.finished_at, now())', "phase = 'finished'"]
    return [state, ...ended, ...free]
  }
  if (change.state === 'running') return [state, 'finished_at = null']
  // A pending run can be claimed at once unless the change says when.
  const due = change.nextCheckInSeconds === undefined ? ['next_check_at = now()'] : []
  return [state, 'finished_at = null', ...free, ...due]
}

function entriesOf<T extends Readonly<Record<string, string>>>(
  columns: T
): ReadonlyArray<readonly [keyof T & string, string]> {
  return Object.entries(columns)
}
