import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { databaseFindings } from '#app/core/doctor/database.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { APP_ROLE, grantAppRole, lackingRights, TABLE_RIGHTS } from './app-rights.ts'
import { connect, databaseUrl, onConnection } from './connection.ts'
import { type EmbeddedServer, startEmbedded } from './embedded/start.ts'
import { postgresInbox } from './inbox.ts'
import { databaseInspector } from './inspect-database.ts'
import { migrateUp } from './migrate.ts'
import { openDatabase } from './open-database.ts'
import { seedPlatform } from './seed.ts'
import { postgresStore } from './store.ts'

/** Rights on tables as `right on table`, sorted; of the app's role as the server has them. */
async function granted(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: readonly { line: string }[] }>(
    `select lower(privilege_type) || ' on ' || table_name as line
       from information_schema.role_table_grants where table_schema = 'public' and grantee = ?`,
    [APP_ROLE]
  )
  return rows.map(row => row.line).sort()
}

const LISTED = Object.entries(TABLE_RIGHTS)
  .flatMap(([table, rights]) => rights.map(right => `${right} on ${table}`))
  .sort()

describe('on a migrated database', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.drop())

  test('every table of the schema stands in the list of rights, and no other', async () => {
    const tables = await database.db('pg_tables').where({ schemaname: 'public' }).pluck('tablename')
    expect(Object.keys(TABLE_RIGHTS).sort()).toEqual(tables.sort())
  })

  test('the migrations grant exactly what the list says', async () => {
    expect(await granted(database.db)).toEqual(LISTED)
    expect(await lackingRights(database.db, APP_ROLE)).toEqual([])
  })

  test.each([
    ...Object.entries(TABLE_RIGHTS).flatMap(([table, rights]) => (rights[0] ? [table] : [])),
    'sequence deliveries_sequence_seq'
  ])('what is taken away of %s is found lacking, and granted again', async name => {
    await database.db.raw(`revoke all on ${name} from ${APP_ROLE}`)
    const lacking = await lackingRights(database.db, APP_ROLE)
    expect(lacking).toEqual((TABLE_RIGHTS[name] ?? ['usage']).map(r => `${r} on ${name}`).sort())
    await grantAppRole(database.db)
    expect(await lackingRights(database.db, APP_ROLE)).toEqual([])
    expect(await granted(database.db)).toEqual(LISTED)
  })

  test('the schema itself, closed to all, is found lacking although the role cannot look into it', async () => {
    await database.db.raw(`revoke usage on schema public from public, ${APP_ROLE}`)
    expect(await lackingRights(database.db, APP_ROLE)).toEqual(['usage on schema public'])
    await grantAppRole(database.db)
    expect(await lackingRights(database.db, APP_ROLE)).toEqual([])
  })
})

describe('on a server where the role is made after the schema', () => {
  let folder: string
  let server: EmbeddedServer
  /** Of a user who owns the database and may create no roles. */
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagewright-test-'))
    await chmod(folder, 0o711)
    server = await startEmbedded({ folder: join(folder, 'postgres'), purpose: 'throwaway' })
    await asAdmin("create role ada login password 'lovelace'")
    await asAdmin('create database stage owner ada')
    const address = new URL(databaseUrl(server.url, 'stage'))
    address.username = 'ada'
    address.password = 'lovelace'
    url = address.href
  }, 60_000)
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const asAdmin = (sql: string): Promise<unknown> =>
    onConnection(server.url, client => client.query(sql))

  async function migrate(): Promise<readonly string[]> {
    const db = connect(url, { poolSize: 1 })
    try {
      return await migrateUp(db)
    } finally {
      await db.destroy()
    }
  }

  async function told(...checks: readonly string[]): Promise<readonly string[]> {
    const facts = await databaseInspector({ url, folder: '/nowhere' }).inspect()
    if (facts === null) throw new Error('no facts')
    return databaseFindings(facts)
      .filter(({ check }) => checks.includes(check))
      .map(({ status, check, what }) => `${status} ${check}: ${what}`)
  }

  test('what the doctor advises gives the app its rights: create the role, grant it, migrate', async () => {
    expect((await migrate()).length).toBeGreaterThan(0)
    expect(await told('database.rights', 'database.roles')).toEqual([
      'ok database.rights: ada may do all that the app does',
      'warn database.roles: the role ada both migrates and serves'
    ])
    await asAdmin(`create role ${APP_ROLE}`)
    await asAdmin(`grant ${APP_ROLE} to ada`)
    const [rights] = await told('database.rights')
    expect(rights).toMatch(/^fail database\.rights: the role stagewright_app lacks: .* more$/)
    expect(await migrate()).toEqual([])
    expect(await told('database.rights', 'database.roles')).toEqual([
      'ok database.rights: stagewright_app may do all that the app does',
      'ok database.roles: the app works as stagewright_app, which can only add to the audit'
    ])
    await workAsTheApp()
  }, 60_000)

  /** Opens it as `start` does, takes a delivery in, begins, and writes to the audit, which takes nothing back. */
  async function workAsTheApp(): Promise<void> {
    const { db, check, close } = await openDatabase({ url, folder: '/nowhere' })
    try {
      expect((await db.raw('select current_user as me')).rows).toEqual([{ me: APP_ROLE }])
      expect(await granted(db)).toEqual(LISTED)
      await check()
      await seedPlatform(db, { owners: ['ada'], locale: 'en' })
      const inbox = postgresInbox(db)
      const body = Buffer.from('{}')
      const stored = await inbox.put({ id: randomUUID(), event: 'issues', subject: null, body })
      expect(stored).toBe(true)
      await inbox.close()
      await postgresStore(db, () => {}).transaction(({ workers }) =>
        workers.register({ id: 'one', machine: 'm', role: 'all', pid: 1, version: '1' })
      )
      await db('flow_events').insert({
        correlation_id: 'c',
        type: 'x',
        actor_type: 'system',
        actor: 'app'
      })
      await expect(db('flow_events').delete()).rejects.toThrow('permission denied')
    } finally {
      await close()
    }
  }
})
