/** What the running app's role may do: the one list that rights are granted and inspected by. */
import type { Knex } from 'knex'
import { query } from './query.ts'

/** Role of the running app where the server has it: no update or delete on the audit (decisions 2). */
export const APP_ROLE = 'stagewright_app'

type Right = 'select' | 'insert' | 'update' | 'delete'

const ADDS: readonly Right[] = ['select', 'insert']
const CHANGES: readonly Right[] = [...ADDS, 'update']
const ALL: readonly Right[] = [...CHANGES, 'delete']

/**
 * Every table of the schema, with what the migrations grant when the role is there already. A new
 * table gets a line here and a grant in its migration; a test holds the two together.
 */
export const TABLE_RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  projects: ALL,
  repositories: ALL,
  users: ALL,
  project_members: ALL,
  deliveries: ALL,
  worker_instances: ALL,
  runs: ALL,
  run_attempts: ALL,
  run_events: ADDS,
  log_chunks: ALL,
  sessions: ALL,
  effects: CHANGES,
  rate_limits: CHANGES,
  flow_events: ADDS,
  links: ADDS,
  delivery_sweeps: ALL,
  missed_deliveries: ALL,
  schema_migrations: ['select'],
  // Of those who migrate, who own it.
  schema_migrations_lock: []
}

/** The inbox numbers its rows itself; the other sequences are identities that the tables' rights cover. */
const SEQUENCES: readonly string[] = ['deliveries_sequence_seq']

/** Nothing that is not there (a migration is pending) is lacking: its null makes the condition null. */
const LACKING = `
  select format('%s on %s', needed, name) as lacking
    from unnest(cast(:tables as text[]), cast(:rights as text[])) as tables (name, needed)
   where not has_table_privilege(cast(:role as name), to_regclass('public.' || name), needed)
  union all
  select format('usage on sequence %s', name)
    from unnest(cast(:sequences as text[])) as sequences (name)
   where not has_sequence_privilege(cast(:role as name), to_regclass('public.' || name), 'usage')
  union all
  select 'usage on schema public' where not has_schema_privilege(cast(:role as name), 'public', 'usage')
  order by lacking`

/**
 * The rights that the app needs and `role` lacks, as SQL says them: `insert on runs`,
 * `usage on sequence deliveries_sequence_seq`. The role must exist.
 */
export async function lackingRights(db: Knex, role: string): Promise<readonly string[]> {
  const pairs = Object.entries(TABLE_RIGHTS).flatMap(([name, rights]) =>
    rights.map(right => [name, right] as const)
  )
  const rows = await query<{ lacking: string }>(db, LACKING, {
    tables: pairs.map(([name]) => name),
    rights: pairs.map(([, right]) => right),
    sequences: SEQUENCES,
    role
  })
  return rows.map(row => row.lacking)
}

/**
 * Grants the app's role what it lacks, in one transaction; nothing where the server has no such
 * role. Migrations grant only to a role that is there while they run, so one that is made later gets
 * its rights here. The pool's user must own the schema. May be repeated.
 */
export async function grantAppRole(db: Knex): Promise<void> {
  const [role] = await query(db, 'select from pg_roles where rolname = :role', { role: APP_ROLE })
  if (role === undefined) return
  const lacking = await lackingRights(db, APP_ROLE)
  if (lacking.length === 0) return
  await db.raw(lacking.map(right => `grant ${right} to ${APP_ROLE}`).join(';'))
}
