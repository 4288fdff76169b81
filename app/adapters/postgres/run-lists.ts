import type { Knex } from 'knex'
import { isFinal, RUN_STATES, type Run, type RunState } from '#app/core/run.ts'
import type { RunLists } from '#app/ports/runs.ts'
import { type Binding, query } from './query.ts'
import { RUN_COLUMNS, type RunRow, toRun } from './run-row.ts'

/** Questions about several runs. */
export function postgresRunLists(db: Knex): RunLists {
  return {
    active: (repositoryId, issue) => active(db, repositoryId, issue),
    latest: (repositoryId, by) => latest(db, repositoryId, by),
    lastResult: (repositoryId, by) => lastResult(db, repositoryId, by),
    due: (worker, limit) => due(db, worker, limit),
    list: filter => list(db, filter),
    counts: () => counts(db)
  }
}

async function select(
  db: Knex,
  rest: string,
  bindings: Readonly<Record<string, Binding>>
): Promise<readonly Run[]> {
  const rows = await query<RunRow>(db, `select ${RUN_COLUMNS} from runs ${rest}`, bindings)
  return rows.map(toRun)
}

async function active(db: Knex, repositoryId: string, issue: number): Promise<Run | null> {
  const [run] = await select(
    db,
    `where repository_id = :repositoryId and issue_number = :issue and writes
       and state in ('pending', 'running', 'waiting_owner_review', 'waiting_mcp', 'waiting_backpressure')`,
    { repositoryId, issue }
  )
  return run ?? null
}

async function latest(
  db: Knex,
  repositoryId: string,
  by: { readonly issue: number } | { readonly pullRequest: number }
): Promise<Run | null> {
  const [column, number] =
    'issue' in by
      ? (['issue_number', by.issue] as const)
      : (['pull_request', by.pullRequest] as const)
  const [run] = await select(
    db,
    `where repository_id = :repositoryId and ${column} = :number
     order by created_at desc, id desc limit 1`,
    { repositoryId, number }
  )
  return run ?? null
}

async function lastResult(
  db: Knex,
  repositoryId: string,
  by: Parameters<RunLists['lastResult']>[1]
): Promise<Run | null> {
  const { issue, stage = null, kind = null } = by
  const [run] = await select(
    db,
    `where repository_id = :repositoryId and issue_number = :issue
       and state = 'succeeded' and result is not null
       and stage = coalesce(:stage, stage) and kind = coalesce(:kind, kind)
     order by created_at desc, id desc limit 1`,
    { repositoryId, issue, stage, kind }
  )
  return run ?? null
}

async function due(db: Knex, worker: string, limit: number): Promise<readonly Run[]> {
  return select(
    db,
    `where state = 'running' and lease_owner = :worker and next_check_at <= now()
     order by next_check_at limit :limit`,
    { worker, limit }
  )
}

interface RunFilter {
  readonly states?: readonly RunState[]
  readonly limit: number
  readonly before?: string
}

async function list(db: Knex, filter: RunFilter): Promise<readonly Run[]> {
  const { limit, before } = filter
  const states = [...new Set(filter.states)]
  if (filter.states !== undefined && states.length === 0) return []
  const older =
    before === undefined
      ? 'true'
      : '(created_at, id) < (select created_at, id from runs where id = :before)'
  const page = 'order by created_at desc, id desc limit :limit'
  // Each state is read along its own part of the index: the planner knows how rare a state is only
  // when it is named by itself, and would else look for a rare one through all runs.
  const branches = states.map(
    (_, n) => `(select * from runs where state = :state${n} and ${older} ${page})`
  )
  const from =
    branches.length === 0
      ? `from runs where ${older} ${page}`
      : `from (${branches.join(' union all ')}) runs ${page}`
  const rows = await query<RunRow>(db, `select ${RUN_COLUMNS} ${from}`, {
    limit,
    ...(before === undefined ? {} : { before }),
    ...Object.fromEntries(states.map((state, n) => [`state${n}`, state]))
  })
  return rows.map(toRun)
}

async function counts(
  db: Knex
): Promise<
  ReadonlyArray<{ readonly state: RunState; readonly stage: string; readonly count: number }>
> {
  return query(
    db,
    `select state, stage, count(*) as count from runs
      where state = any(cast(:states as text[])) group by state, stage`,
    { states: RUN_STATES.filter(state => !isFinal(state)) }
  )
}
