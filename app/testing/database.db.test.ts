import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { emptyDatabase, type TestDatabase, testDatabase } from './database.ts'

let first: TestDatabase
let second: TestDatabase

beforeAll(async () => {
  ;[first, second] = await Promise.all([testDatabase(), testDatabase()])
})

afterAll(async () => {
  await Promise.all([first.drop(), second.drop()])
})

test('a test database has the schema of our migrations', async () => {
  const { rows } = await first.db.raw<{ rows: readonly { name: string }[] }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`
  )
  expect(rows.map(row => row.name)).toEqual(expect.arrayContaining(['projects', 'deliveries']))
})

test('what one test database holds is not seen in another', async () => {
  await first.db('users').insert({ id: 'u1', login: 'ada' })
  expect(await first.db('users').select('login')).toEqual([{ login: 'ada' }])
  expect(await second.db('users').select('login')).toEqual([])
})

test('an empty database has no table, and drop removes it under a connected client', async () => {
  const empty = await emptyDatabase()
  const { rows } = await empty.db.raw<{ rows: readonly unknown[] }>(
    `select from information_schema.tables where table_schema = 'public'`
  )
  expect(rows).toEqual([])
  const name = new URL(empty.url).pathname.slice(1)
  await empty.drop()
  const left = await first.db('pg_database').where({ datname: name }).select('datname')
  expect(left).toEqual([])
})
