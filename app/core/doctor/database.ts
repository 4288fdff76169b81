import { type Finding, fail, ok, warn } from './finding.ts'

/** What a session on the app's database can see of it. */
export interface DatabaseFacts {
  /** `server_version_num`, for example 180004. */
  readonly version: number
  readonly kind: 'embedded' | 'server'
  readonly encoding: string
  readonly schema: { readonly pending: readonly string[]; readonly unknown: readonly string[] }
  /** The role that the running app works as. */
  readonly role: string
  readonly superuser: boolean
  /** The app's role owns tables, so it could change the schema and the audit's guards. */
  readonly ownsTables: boolean
  /** What the role may do with the audit beside reading and adding. */
  readonly auditRights: readonly string[]
  /** Rights that the app needs and its role lacks, as SQL says them, for example `insert on runs`. */
  readonly lacking: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  /** A notice sent on one connection arrived on another. */
  readonly notices: boolean
}

const OLDEST = 150_000
/** One process takes up to 20 connections for work and a few of its own; three processes are usual. */
const CONNECTIONS = 60
/** A role that was granted nothing lacks dozens of rights. */
const MOST_NAMED = 5

/** Version, rights, roles and settings (decisions 2; dependencies, embedded Postgres). */
export function databaseFindings(facts: DatabaseFacts): readonly Finding[] {
  return [
    version(facts),
    schema(facts),
    encoding(facts),
    rights(facts),
    ...roles(facts),
    ...settings(facts),
    notices(facts)
  ]
}

function version({ version, kind }: DatabaseFacts): Finding {
  const name = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}, ${kind === 'embedded' ? 'embedded' : 'a server of yours'}`
  if (version >= OLDEST) return ok('database.version', name)
  return fail('database.version', `${name}, is too old`, 'move to PostgreSQL 15 or newer')
}

function schema({ schema }: DatabaseFacts): Finding {
  const check = 'database.schema'
  if (schema.unknown.length > 0) {
    const what = `holds migrations this version does not know: ${schema.unknown.join(', ')}`
    return fail(check, what, 'start the newer version of Stagewright')
  }
  if (schema.pending.length === 0) return ok(check, 'current')
  return fail(check, `not applied: ${schema.pending.join(', ')}`, 'run `npm run migrate`')
}

function encoding({ encoding }: DatabaseFacts): Finding {
  if (encoding === 'UTF8') return ok('database.encoding', 'UTF8')
  const fix = "make the database again with encoding 'UTF8'; others cannot hold what people write"
  return fail('database.encoding', `is ${encoding}`, fix)
}

function rights({ lacking, role }: DatabaseFacts): Finding {
  if (lacking.length === 0) return ok('database.rights', `${role} may do all that the app does`)
  const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} more` : ''
  const what = `the role ${role} lacks: ${lacking.slice(0, MOST_NAMED).join(', ')}${more}`
  return fail('database.rights', what, 'run `npm run migrate` again as the owner of the schema')
}

function roles(facts: DatabaseFacts): readonly Finding[] {
  const { kind, role, superuser, ownsTables, auditRights } = facts
  const check = 'database.roles'
  // The embedded server serves one machine and one program, so both roles are one by design.
  if (kind === 'embedded') return [ok(check, 'one role, on the embedded server')]
  const fix =
    'create the role stagewright_app, grant it to the user of DATABASE_URL, and run `npm run migrate`: the app then works with less'
  if (superuser) return [warn(check, `the app works as ${role}, a superuser`, fix)]
  if (ownsTables) return [warn(check, `the role ${role} both migrates and serves`, fix)]
  if (auditRights.length > 0) {
    const what = `the role ${role} may ${auditRights.join(', ')} on flow_events, the audit`
    return [warn(check, what, `run: revoke ${auditRights.join(', ')} on flow_events from ${role}`)]
  }
  return [ok(check, `the app works as ${role}, which can only add to the audit`)]
}

function settings({ settings }: DatabaseFacts): readonly Finding[] {
  const wanted: readonly (readonly [string, (value: string) => boolean, string])[] = [
    [
      'fsync',
      value => value === 'on',
      'set fsync = on: without it a crash of the machine loses deliveries that GitHub was told are stored'
    ],
    [
      'synchronous_commit',
      value => value !== 'off',
      'set synchronous_commit = on for this database: a delivery must be on disk before it is answered'
    ],
    ['full_page_writes', value => value === 'on', 'set full_page_writes = on'],
    [
      'max_connections',
      value => Number(value) >= CONNECTIONS,
      `set max_connections to ${CONNECTIONS} or more: each process takes about 20`
    ],
    [
      'default_transaction_read_only',
      value => value === 'off',
      'point DATABASE_URL at the primary: this server only reads'
    ]
  ]
  return wanted.map(([name, good, fix]) => {
    const value = settings[name] ?? 'unknown'
    const check = `database.${name}`
    return good(value) ? ok(check, value) : fail(check, `is ${value}`, fix)
  })
}

function notices({ notices }: DatabaseFacts): Finding {
  if (notices) return ok('database.notify', 'LISTEN and NOTIFY work')
  const fix =
    'connect directly or through a pooler in session mode; in transaction mode work is only found by polling, seconds later'
  return warn('database.notify', 'a notice did not arrive', fix)
}
