/** The schema's way up and down, and whether this program fits the schema it finds. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Knex } from 'knex'
import type { Client } from 'pg'
import { AppError } from '#app/core/errors.ts'
import { grantAppRole } from './app-rights.ts'
import { onConnection } from './connection.ts'

export interface MigrationOptions {
  /** Folder of the migration files; default `migrations/` of this checkout. */
  readonly directory?: string
}

export interface SchemaState {
  /** Names of migrations this program knows and the database has. */
  readonly applied: readonly string[]
  /** Known here, not in the database. */
  readonly pending: readonly string[]
  /** In the database, not known here: a newer version was here. */
  readonly unknown: readonly string[]
}

const TABLE = 'schema_migrations'
const LOCK_TABLE = `${TABLE}_lock`
/** "stagewrt" as a 64-bit number: the advisory lock that all migrators of a database share. */
const ADVISORY_KEY = '8319381508372001396'
const LOCK_WAIT_SECONDS = 120
const FILE_NAME = /^\d{4}_[a-z0-9_-]+\.ts$/

/** The folder of our own migrations. */
export const MIGRATIONS_FOLDER: string = fileURLToPath(
  new URL('../../../migrations', import.meta.url)
)

/**
 * Applies what is pending, in one transaction, and returns the names applied; [] when the schema is
 * current. Then, also when nothing was pending, the app's role is granted what it lacks. Several may
 * call it at once: one works, the others wait (at most 2 minutes) and find nothing to do. The pool's
 * user must own the schema. SCHEMA_AHEAD when the database is newer.
 */
export async function migrateUp(
  db: Knex,
  options: MigrationOptions = {}
): Promise<readonly string[]> {
  const directory = options.directory ?? MIGRATIONS_FOLDER
  return locked(db, async () => {
    refuseAhead(await schemaState(db, { directory }))
    const [, names] = await db.migrate.latest(knexConfig(directory))
    await grantAppRole(db)
    return names
  })
}

/** Takes back the last `steps` migrations, newest first, and returns their names. */
export async function migrateDown(
  db: Knex,
  options: MigrationOptions & { readonly steps: number }
): Promise<readonly string[]> {
  const directory = options.directory ?? MIGRATIONS_FOLDER
  return locked(db, async () => {
    refuseAhead(await schemaState(db, { directory }))
    const names: string[] = []
    for (let step = 0; step < options.steps; step++) {
      const [, down] = await db.migrate.down(knexConfig(directory))
      names.push(...down)
    }
    return names
  })
}

/** Compares the database with the migration files; reads only, works as the app's role too. */
export async function schemaState(db: Knex, options: MigrationOptions = {}): Promise<SchemaState> {
  const known = await migrationNames(options.directory ?? MIGRATIONS_FOLDER)
  const there = new Set(await appliedNames(db))
  return {
    applied: known.filter(name => there.has(name)),
    pending: known.filter(name => !there.has(name)),
    unknown: [...there].filter(name => !known.includes(name))
  }
}

/** Throws SCHEMA_AHEAD or SCHEMA_BEHIND when this program must not work on this schema. */
export async function assertSchemaCurrent(db: Knex, options: MigrationOptions = {}): Promise<void> {
  const state = await schemaState(db, options)
  refuseAhead(state)
  if (state.pending.length === 0) return
  throw new AppError(
    'SCHEMA_BEHIND',
    `checking the database schema: ${list(state.pending)} not applied; run \`npm run migrate\``,
    { fields: { pending: state.pending } }
  )
}

function refuseAhead(state: SchemaState): void {
  if (state.unknown.length === 0) return
  throw new AppError(
    'SCHEMA_AHEAD',
    `checking the database schema: it holds ${list(state.unknown)}, which this version does not know; start the newer version`,
    { fields: { unknown: state.unknown } }
  )
}

function list(names: readonly string[]): string {
  const more = names.length - 5
  return names.slice(0, 5).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

async function appliedNames(db: Knex): Promise<readonly string[]> {
  const { rows: found } = await db.raw<{ rows: readonly { there: boolean }[] }>(
    'select to_regclass(?) is not null as there',
    [`public.${TABLE}`]
  )
  if (found[0]?.there !== true) return []
  const { rows } = await db.raw<{ rows: readonly { name: string }[] }>(
    `select name from ${TABLE} order by id`
  )
  return rows.map(row => row.name)
}

async function migrationNames(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory).catch((cause: unknown) => {
    throw new AppError('INTERNAL', `reading the migrations in ${directory}`, { cause })
  })
  return files.filter(file => FILE_NAME.test(file)).sort()
}

/** Reads the files itself: knex's own loader imports from a place where Jest's modules do not reach. */
function knexConfig(directory: string): Knex.MigratorConfig {
  const source: Knex.MigrationSource<string> = {
    getMigrations: async () => [...(await migrationNames(directory))],
    getMigrationName: name => name,
    getMigration: async name => import(pathToFileURL(join(directory, name)).href)
  }
  return { tableName: TABLE, migrationSource: source }
}

/**
 * One migrator a database at a time. The lock lives in a session of its own, so that it ends with
 * the process that holds it; knex's lock is a row and stays when a process is killed, so whoever
 * holds ours may free it.
 */
async function locked<T>(db: Knex, work: () => Promise<T>): Promise<T> {
  return onConnection(urlOf(db), async client => {
    await takeLock(client)
    await freeStuckRow(db)
    return work()
  })
}

function urlOf(db: Knex): string {
  const connection: { readonly connectionString?: string } | undefined = db.client.config.connection
  if (connection?.connectionString === undefined) {
    throw new AppError('INTERNAL', 'migrating through a pool that `connect` did not make')
  }
  return connection.connectionString
}

async function takeLock(client: Client): Promise<void> {
  await client.query(`set lock_timeout to '${LOCK_WAIT_SECONDS}s'`)
  try {
    await client.query(`select pg_advisory_lock(${ADVISORY_KEY})`)
  } catch (cause) {
    throw new AppError(
      'CONFLICT',
      `waiting ${LOCK_WAIT_SECONDS} s for another process that migrates this database; look for it in pg_stat_activity`,
      { cause }
    )
  }
}

async function freeStuckRow(db: Knex): Promise<void> {
  const { rows } = await db.raw<{ rows: readonly { there: boolean }[] }>(
    'select to_regclass(?) is not null as there',
    [`public.${LOCK_TABLE}`]
  )
  if (rows[0]?.there !== true) return
  await db.raw(`update ${LOCK_TABLE} set is_locked = 0 where is_locked <> 0`)
}
