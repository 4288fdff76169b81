import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { emptyDatabase, type TestDatabase } from '#app/testing/database.ts'
import { MIGRATIONS_FOLDER, migrateDown, migrateUp } from './migrate.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await emptyDatabase()
})

afterAll(() => database.drop())

/** Everything in the schema that a migration makes, as lines of text. */
async function schema(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: readonly { line: string }[] }>(`
    select concat_ws(' ', 'column', table_name, column_name, data_type, column_default, is_nullable, identity_generation) as line
      from information_schema.columns where table_schema = 'public'
    union all
    select concat_ws(' ', 'index', tablename, indexdef) from pg_indexes where schemaname = 'public'
    union all
    select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select concat_ws(' ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
    union all
    select concat_ws(' ', 'function', proname, prosrc) from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select concat_ws(' ', 'grant', table_name, grantee, privilege_type)
      from information_schema.role_table_grants where table_schema = 'public'
    union all
    select concat_ws(' ', 'project', key, name, locale) from projects
    order by line`)
  return rows.map(row => row.line)
}

test('migrations up, down and up again leave the same schema, and down leaves nothing of ours', async () => {
  const { db } = database
  const files = (await readdir(MIGRATIONS_FOLDER)).filter(file => file.endsWith('.ts'))
  expect(await migrateUp(db)).toHaveLength(files.length)
  const first = await schema(db)
  for (const kind of ['column', 'index', 'constraint', 'trigger', 'function', 'grant', 'project']) {
    expect(first.some(line => line.startsWith(`${kind} `))).toBe(true)
  }
  await migrateDown(db, { steps: files.length })
  const { rows: left } = await db.raw<{ rows: readonly { name: string }[] }>(`
    select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relname not like 'schema_migrations%'
    union all
    select proname from pg_proc where pronamespace = 'public'::regnamespace`)
  expect(left).toEqual([])
  await migrateUp(db)
  expect(await schema(db)).toEqual(first)
})
