import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { emptyDatabase, type TestDatabase } from '#app/testing/database.ts'
import { connect } from './connection.ts'
import { assertSchemaCurrent, migrateDown, migrateUp, schemaState } from './migrate.ts'

let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await emptyDatabase()
  directory = await mkdtemp(join(tmpdir(), 'stagewright-migrations-'))
  await scratch('0001_things', 'create table things (id int primary key)', 'drop table things')
  await scratch(
    '0002_colours',
    `create table colours (name text primary key, thing int references things (id));
     insert into colours values ('red', null)`,
    'drop table colours'
  )
})

afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

async function scratch(name: string, up: string, down: string): Promise<void> {
  await writeFile(
    join(directory, `${name}.ts`),
    `import type { Knex } from 'knex'
     export async function up(knex: Knex): Promise<void> { await knex.raw(\`${up}\`) }
     export async function down(knex: Knex): Promise<void> { await knex.raw(\`${down}\`) }`
  )
}

/** Every column, constraint, index, trigger and function of the public schema, as lines of text. */
async function describeSchema(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: readonly { line: string }[] }>(`
    select concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default) as line
      from information_schema.columns where table_schema = 'public'
    union all
    select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select concat_ws(' ', 'index', indexdef) from pg_indexes where schemaname = 'public'
    union all
    select concat_ws(' ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid))
      from pg_trigger where not tgisinternal
    union all
    select concat_ws(' ', 'function', proname, prosrc)
      from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select concat_ws(' ', 'grant', grantee, privilege_type, table_name)
      from information_schema.role_table_grants where table_schema = 'public'
    order by 1`)
  return rows.map(row => row.line)
}

test('up applies what is pending in order, and a second time nothing', async () => {
  expect(await migrateUp(database.db, { directory })).toEqual(['0001_things.ts', '0002_colours.ts'])
  expect(await migrateUp(database.db, { directory })).toEqual([])
  expect(await database.db('colours').select('name')).toEqual([{ name: 'red' }])
})

test('several who migrate at once apply each migration once', async () => {
  const pools = [1, 2, 3].map(() => connect(database.url, { poolSize: 1 }))
  const applied = await Promise.all(pools.map(db => migrateUp(db, { directory })))
  await Promise.all(pools.map(db => db.destroy()))
  expect(applied.flat().sort()).toEqual(['0001_things.ts', '0002_colours.ts'])
  expect(await database.db('colours').select('name')).toEqual([{ name: 'red' }])
})

test('the lock row that a killed migrator left does not stop the next one', async () => {
  await migrateUp(database.db, { directory })
  await database.db('schema_migrations_lock').update({ is_locked: 1 })
  await scratch('0003_more', 'create table more (id int)', 'drop table more')
  expect(await migrateUp(database.db, { directory })).toEqual(['0003_more.ts'])
})

test('a migration that breaks leaves the schema as it was and can be repeated', async () => {
  await migrateUp(database.db, { directory })
  const before = await describeSchema(database.db)
  await scratch('0003_good', 'create table good (id int)', 'drop table good')
  await scratch('0004_bad', 'create table good (id int)', 'drop table good')
  await expect(migrateUp(database.db, { directory })).rejects.toThrow('already exists')
  expect(await describeSchema(database.db)).toEqual(before)
  await rm(join(directory, '0004_bad.ts'))
  expect(await migrateUp(database.db, { directory })).toEqual(['0003_good.ts'])
})

test('the state names what is applied, pending and unknown', async () => {
  expect(await schemaState(database.db, { directory })).toEqual({
    applied: [],
    pending: ['0001_things.ts', '0002_colours.ts'],
    unknown: []
  })
  await migrateUp(database.db, { directory })
  await rm(join(directory, '0002_colours.ts'))
  await scratch('0003_more', 'select 1', 'select 1')
  expect(await schemaState(database.db, { directory })).toEqual({
    applied: ['0001_things.ts'],
    pending: ['0003_more.ts'],
    unknown: ['0002_colours.ts']
  })
})

test('an older schema is refused with the command that brings it up', async () => {
  await expect(assertSchemaCurrent(database.db, { directory })).rejects.toMatchObject({
    code: 'SCHEMA_BEHIND',
    message: expect.stringMatching(/0001_things\.ts, 0002_colours\.ts .*`npm run migrate`/)
  })
  await migrateUp(database.db, { directory })
  await expect(assertSchemaCurrent(database.db, { directory })).resolves.toBeUndefined()
})

test('a newer schema is refused by check, up and down, naming the unknown migration', async () => {
  await migrateUp(database.db, { directory })
  await rm(join(directory, '0002_colours.ts'))
  const refused = { code: 'SCHEMA_AHEAD', message: expect.stringContaining('0002_colours.ts') }
  await expect(assertSchemaCurrent(database.db, { directory })).rejects.toMatchObject(refused)
  await expect(migrateUp(database.db, { directory })).rejects.toMatchObject(refused)
  await expect(migrateDown(database.db, { directory, steps: 1 })).rejects.toMatchObject(refused)
})

test('down takes back the newest first, as many as asked', async () => {
  await migrateUp(database.db, { directory })
  expect(await migrateDown(database.db, { directory, steps: 1 })).toEqual(['0002_colours.ts'])
  expect(await migrateDown(database.db, { directory, steps: 5 })).toEqual(['0001_things.ts'])
})

test('our own migrations go down to nothing and up again to the same schema', async () => {
  const { db } = database
  const names = await migrateUp(db)
  expect(names.length).toBeGreaterThan(0)
  const before = await describeSchema(db)
  expect(before.length).toBeGreaterThan(10)
  expect(await migrateDown(db, { steps: names.length })).toEqual([...names].reverse())
  const left = (await describeSchema(db)).filter(line => !line.includes('schema_migrations'))
  expect(left).toEqual([])
  expect(await migrateUp(db)).toEqual(names)
  expect(await describeSchema(db)).toEqual(before)
})
