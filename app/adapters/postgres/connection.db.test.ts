import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { AppError } from '#app/core/errors.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import {
  connect,
  createDatabase,
  databaseUrl,
  describeDatabase,
  dropDatabase,
  mayActAs
} from './connection.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})

afterAll(async () => {
  await database.drop()
})

/** What a query on a pool of this URL is rejected with. */
async function failure(url: string, role?: string): Promise<unknown> {
  const db = connect(url, { role })
  try {
    return await db.raw('select 1')
  } catch (error) {
    return error
  } finally {
    await db.destroy()
  }
}

async function closedPort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(done => probe.listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise(done => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

test('nothing listening is named with its address, without the password', async () => {
  const port = await closedPort()
  const error = await failure(`postgres://ada:s3cret@127.0.0.1:${port}/app`)
  expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  expect(String(error)).toContain(`connecting to postgres at 127.0.0.1:${port}/app as ada`)
  expect(String(error)).toContain('start the server')
  expect(String(error)).not.toContain('s3cret')
})

test('a missing database and a missing role each say what to correct', async () => {
  const missing = databaseUrl(database.url, 'nobody_made_this')
  for (const [error, hint] of [
    [await failure(missing), 'create the database'],
    [await failure(database.url, 'nobody'), 'npm run migrate']
  ] as const) {
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(String(error)).toContain(hint)
  }
})

test('bigint comes as a number, times as Date, and a bigint too large for a number is refused', async () => {
  const { rows } = await database.db.raw<{ rows: readonly unknown[] }>(
    `select 9007199254740991::bigint as big, count(*) as many, timestamptz '2026-01-02T03:04:05Z' as at
       from generate_series(1, 3)`
  )
  expect(rows).toEqual([{ big: 9007199254740991, many: 3, at: new Date('2026-01-02T03:04:05Z') }])
  await expect(database.db.raw('select 9007199254740993::bigint')).rejects.toThrow(
    'reading the bigint 9007199254740993'
  )
  expect((await database.db.raw('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('whether we may act as a role is answered as a pool with that role will find it', async () => {
  for (const role of ['stagewright_app', 'nobody']) {
    const result = await failure(database.url, role)
    const worked = !(result instanceof AppError)
    expect(await mayActAs(database.db, role)).toBe(worked)
  }
  expect(await mayActAs(database.db, 'nobody')).toBe(false)
})

test('a pool works as the role it was given, which may not change the audit', async () => {
  // A server where we may not create roles has us work as its one user; the trigger refuses then.
  const role = (await mayActAs(database.db, 'stagewright_app')) ? 'stagewright_app' : undefined
  const db = connect(database.url, { role })
  try {
    const { rows } = await db.raw<{ rows: readonly { name: string; login: string }[] }>(
      'select current_user as name, session_user as login'
    )
    expect(rows[0]?.name).toBe(role ?? rows[0]?.login)
    await db.raw(
      `insert into flow_events (correlation_id, type, actor_type, actor) values ('c', 't', 'system', 'test')`
    )
    for (const change of ['delete from flow_events', 'truncate flow_events']) {
      await expect(db.raw(change)).rejects.toMatchObject({ code: '42501' })
    }
  } finally {
    await db.destroy()
  }
})

test('a session ends transactions that idle for 30 s, and names its application', async () => {
  const { rows } = await database.db.raw<{ rows: readonly unknown[] }>(
    `select current_setting('idle_in_transaction_session_timeout') as idle,
            current_setting('search_path') as path, current_setting('application_name') as name`
  )
  expect(rows).toEqual([{ idle: '30s', path: 'public', name: 'stagewright' }])
})

test('creating a database that is there, or by two at once, is no error', async () => {
  const name = `sw_test_create_${process.pid}`
  const urls = await Promise.all([
    createDatabase(database.url, name),
    createDatabase(database.url, name)
  ])
  expect(urls).toEqual([databaseUrl(database.url, name), databaseUrl(database.url, name)])
  expect(await failure(urls[0])).toMatchObject({ rowCount: 1 })
  await dropDatabase(database.url, name)
  await dropDatabase(database.url, name)
  expect(await failure(urls[0])).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
})

test.each([
  ['postgres://ada:pw@db.example:6543/app', 'db.example:6543/app as ada'],
  ['postgres://db.example', 'db.example:5432/postgres'],
  ['nonsense', 'an address that is no URL']
])('%s is described as %s', (url, words) => {
  expect(describeDatabase(url)).toBe(words)
})
