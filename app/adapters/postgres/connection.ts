/** Opens pools on Postgres, and says plainly what is wrong when the server cannot be reached. */
import knex, { type Knex } from 'knex'
import { Client, type ClientConfig, escapeIdentifier, types } from 'pg'
import { AppError } from '#app/core/errors.ts'
import { codeOf, messageOf } from './failure.ts'

export interface ConnectOptions {
  /** Most connections of this pool; default 10. None is kept while nobody asks. */
  readonly poolSize?: number
  /** Shown in pg_stat_activity; default `stagewright`. */
  readonly applicationName?: string
  /** Every connection works as this role (SET ROLE); the user of the URL must be its member. */
  readonly role?: string
}

const CONNECT_MS = 10_000
const INT8 = 20

/** bigint and count(*) as numbers: our ids and counters stay below 2^53, and a row beyond it must not be rounded in silence. */
const TYPES = {
  getTypeParser: (id: number, format?: string) => {
    if (format === 'binary') return types.getTypeParser(id, 'binary')
    return id === INT8 ? parseInteger : types.getTypeParser(id, 'text')
  }
}

function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) {
    throw new AppError('INTERNAL', `reading the bigint ${text}, which a number cannot hold`)
  }
  return value
}

/**
 * A knex pool on `url` (postgres://…). Nothing is connected before the first query; a connection
 * that cannot be made rejects that query with DATABASE_UNREACHABLE. Times come as Date, bigint as
 * number. A transaction left idle for 30 s is ended by the server, so that a hung process holds no
 * row locks. The caller ends the pool with `db.destroy()`.
 */
export function connect(url: string, options: ConnectOptions = {}): Knex {
  const { poolSize = 10, applicationName = 'stagewright', role } = options
  const session = [
    'set search_path to public',
    `set idle_in_transaction_session_timeout to '30s'`,
    ...(role === undefined ? [] : [`set role ${escapeIdentifier(role)}`])
  ].join(';')
  const db = knex({
    client: 'pg',
    connection: clientConfig(url, applicationName),
    acquireConnectionTimeout: CONNECT_MS,
    pool: {
      min: 0,
      max: poolSize,
      afterCreate: (
        connection: Client,
        done: (error: Error | null, connection: Client) => void
      ) => {
        connection.query(session, error => {
          done(error === null ? null : unreachable(url, error), connection)
        })
      }
    },
    // Else an error's message would hold the bound values: bodies, prompts, token hashes.
    compileSqlOnError: false,
    log: SILENT
  })
  nameConnectionFailures(db, url)
  return db
}

/** Knex would write to the console; what it knows arrives as an error too. */
const SILENT: Knex.Logger = { warn() {}, error() {}, deprecate() {}, debug() {} }

function nameConnectionFailures(db: Knex, url: string): void {
  // The pool looks this method up at each call; knex offers no hook for a failed connection.
  const client: { acquireRawConnection(): Promise<unknown> } = db.client
  const acquire = client.acquireRawConnection.bind(client)
  client.acquireRawConnection = () =>
    acquire().catch((cause: unknown) => {
      throw unreachable(url, cause)
    })
}

function clientConfig(url: string, applicationName: string) {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: TYPES
  } satisfies ClientConfig
}

/**
 * Runs `work` on one connection outside any pool and closes it, for what must not share a session:
 * CREATE DATABASE, advisory locks. DATABASE_UNREACHABLE when there is no connection.
 */
export async function onConnection<T>(
  url: string,
  work: (client: Client) => Promise<T>
): Promise<T> {
  const client = new Client(clientConfig(url, 'stagewright'))
  // A connection lost between two queries is reported by the next query.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    throw unreachable(url, cause)
  }
  try {
    return await work(client)
  } finally {
    // The answer is there already; a server that went away in between changes nothing about it.
    await client.end().catch(() => {})
  }
}

/** `host:port/database as user`, without the password, for messages. */
export function describeDatabase(url: string): string {
  if (!URL.canParse(url)) return 'an address that is no URL'
  const { hostname, port, pathname, username } = new URL(url)
  const user = username === '' ? '' : ` as ${decodeURIComponent(username)}`
  return `${hostname || 'localhost'}:${port || '5432'}/${decodeURIComponent(pathname.slice(1)) || 'postgres'}${user}`
}

/** The same server, another database. */
export function databaseUrl(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${encodeURIComponent(name)}`
  return address.href
}

/**
 * Creates a database (a copy of `template` where given) unless it is there, and returns its URL.
 * `adminUrl` names another database of the same server and a user who may create databases.
 */
export async function createDatabase(
  adminUrl: string,
  name: string,
  options: { readonly template?: string } = {}
): Promise<string> {
  const template =
    options.template === undefined ? '' : ` template ${escapeIdentifier(options.template)}`
  await onConnection(adminUrl, async client => {
    try {
      await client.query(`create database ${escapeIdentifier(name)}${template}`)
    } catch (cause) {
      if (ALREADY_THERE.has(codeOf(cause))) return
      throw new AppError(
        'DATABASE_UNREACHABLE',
        `creating the database ${name} on ${describeDatabase(adminUrl)}: ${messageOf(cause)}; create it yourself, or give the user CREATEDB`,
        { cause }
      )
    }
  })
  return databaseUrl(adminUrl, name)
}

/** duplicate_database, and the unique violation that two creators at the same moment get. */
const ALREADY_THERE: ReadonlySet<string> = new Set(['42P04', '23505'])

/** Drops a database and ends whoever is connected to it; one that is not there is fine. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await onConnection(adminUrl, async client => {
    await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`)
  })
}

/**
 * Whether the user of this pool may SET ROLE to `role`: the role exists and the user is its member.
 * On a server where we may not create roles the app works as the one user of its URL.
 */
export async function mayActAs(db: Knex, role: string): Promise<boolean> {
  // PostgreSQL 16 split membership; 'SET' is the part that SET ROLE asks for.
  const { rows } = await db.raw<{ rows: readonly { may: boolean }[] }>(
    `select pg_has_role(session_user, oid,
              case when current_setting('server_version_num')::int >= 160000
                   then 'SET' else 'MEMBER' end) as may
       from pg_roles where rolname = ?`,
    [role]
  )
  return rows[0]?.may ?? false
}

function unreachable(url: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  const hint = HINTS[codeOf(cause)] ?? 'check DATABASE_URL'
  return new AppError(
    'DATABASE_UNREACHABLE',
    `connecting to postgres at ${describeDatabase(url)}: ${messageOf(cause)}; ${hint}`,
    { cause }
  )
}

/** What to do, by Node's error code or SQLSTATE (PostgreSQL manual, Appendix A). */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: start the server, or correct host and port in DATABASE_URL',
  ENOTFOUND: 'no such host: correct the host in DATABASE_URL',
  EAI_AGAIN: 'the host name could not be looked up just now',
  ETIMEDOUT: 'no answer: check the host in DATABASE_URL and the firewall',
  '28P01': 'the password is wrong: correct DATABASE_URL',
  '28000': 'the server refuses this user or asks for TLS: correct DATABASE_URL or pg_hba.conf',
  '3D000': 'create the database, or correct its name in DATABASE_URL',
  '42501': 'this user may not act as the role it was told to use',
  '22023': 'the role is not there: run `npm run migrate` with a user who may create roles',
  '53300': 'the server has no free connection: raise max_connections or run fewer replicas',
  '57P03': 'the server is starting or stopping: try again in a moment'
}
