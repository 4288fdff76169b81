/** Facts about the app's database for `stagewright doctor`; changes nothing. */
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from 'knex'
import { escapeIdentifier } from 'pg'
import type { DatabaseFacts } from '#app/core/doctor/database.ts'
import type { DatabaseInspector } from '#app/ports/diagnosis.ts'
import { APP_ROLE, lackingRights } from './app-rights.ts'
import { connect, mayActAs, onConnection } from './connection.ts'
import { schemaState } from './migrate.ts'
import { reachServer } from './open-database.ts'
import { query } from './query.ts'

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'max_connections',
  'default_transaction_read_only'
] as const
const NOTICE_MS = 2_000

const AUDIT = `
  select lower(privilege) as "right"
    from (values ('UPDATE'), ('DELETE'), ('TRUNCATE')) as rights (privilege)
   where has_table_privilege(cast(:role as name), to_regclass('public.flow_events'), privilege)`

const SELF = `
  select current_setting('server_version_num')::int as version, current_user as role,
         (select rolsuper from pg_roles where rolname = current_user) as superuser,
         pg_encoding_to_char(encoding) as encoding,
         exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'public' and c.relkind = 'r'
                    and pg_has_role(current_user, c.relowner, 'USAGE')) as owns
    from pg_database where datname = current_database()`

/** The configured server, or the embedded one of `folder`, which is not made for this. */
export function databaseInspector(place: {
  readonly url: string | null
  readonly folder: string
}): DatabaseInspector {
  return {
    async inspect() {
      if (place.url === null && !(await hasCluster(place.folder))) return null
      const { url, release } = await reachServer(place)
      try {
        return await inspect(url, place.url === null ? 'embedded' : 'server')
      } finally {
        await release()
      }
    }
  }
}

async function hasCluster(folder: string): Promise<boolean> {
  try {
    await access(join(folder, 'data', 'PG_VERSION'))
    return true
  } catch {
    // Not there: the first start will make it, and a look must not.
    return false
  }
}

interface SelfRow {
  readonly version: number
  readonly role: string
  readonly superuser: boolean
  readonly encoding: string
  readonly owns: boolean
}

async function inspect(url: string, kind: DatabaseFacts['kind']): Promise<DatabaseFacts> {
  const owner = connect(url, { poolSize: 1, applicationName: 'stagewright-doctor' })
  let app: Knex | null = null
  try {
    const asApp = await mayActAs(owner, APP_ROLE)
    app = asApp ? connect(url, { poolSize: 1, role: APP_ROLE }) : owner
    const [self] = await query<SelfRow>(app, SELF, {})
    const role = self?.role ?? 'unknown'
    const audit = await query<{ right: string }>(owner, AUDIT, { role })
    const settings = await query<{ name: string; setting: string }>(
      app,
      'select name, setting from pg_settings where name = any(:names)',
      { names: [...SETTINGS] }
    )
    return {
      version: self?.version ?? 0,
      kind,
      encoding: self?.encoding ?? 'unknown',
      schema: await schemaState(owner),
      role,
      superuser: self?.superuser ?? false,
      ownsTables: self?.owns ?? false,
      auditRights: audit.map(row => row.right),
      lacking: await lackingRights(owner, role),
      settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
      notices: await noticeArrives(url)
    }
  } finally {
    await app?.destroy()
    await owner.destroy()
  }
}

/** Through a pooler in transaction mode a LISTEN is forgotten before the notice comes. */
function noticeArrives(url: string): Promise<boolean> {
  const channel = escapeIdentifier(`stagewright_doctor_${randomBytes(8).toString('hex')}`)
  return onConnection(url, async listener => {
    const arrived = new Promise<boolean>(resolve => {
      listener.once('notification', () => resolve(true))
    })
    await listener.query(`listen ${channel}`)
    await onConnection(url, async sender => void (await sender.query(`notify ${channel}`)))
    return Promise.race([arrived, delay(NOTICE_MS, false, { ref: false })])
  })
}
