import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { DeliveryFilter, DeliveryLists, DeliveryRetention } from '#app/ports/delivery-lists.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { REPOSITORY } from '#app/testing/stored-runs.ts'

let app: AppStore

beforeAll(async () => {
  app = await appStore()
  await app.store.transaction(({ projects }) => projects.repository(REPOSITORY))
})
beforeEach(async () => {
  app.hints.length = 0
  await app.database.db.raw('truncate deliveries')
})
afterAll(() => app.drop())

interface Row {
  readonly id: string
  readonly days: number
  readonly state?: string
  readonly body?: Buffer | null
  readonly event?: string
  readonly subject?: string | null
}

async function row(given: Row): Promise<void> {
  const { id, days, state = 'done', body = Buffer.from('12345678'), event = 'issues' } = given
  const at = new Date(Date.now() - days * 86_400_000)
  await app.database.db('deliveries').insert({
    ...{ id, event, body, state, received_at: at },
    subject: given.subject ?? null,
    finished_at: ['waiting', 'working'].includes(state) ? null : at,
    worker: state === 'working' ? 'w' : null,
    disposition: state === 'done' ? 'run' : null
  })
}

function lists<T>(work: (lists: DeliveryLists) => Promise<T>): Promise<T> {
  return app.store.transaction(tables => work(tables.deliveryLists))
}

function retention<T>(work: (table: DeliveryRetention) => Promise<T>): Promise<T> {
  return app.store.transaction(tables => work(tables.deliveryRetention))
}

async function ids(filter: Partial<DeliveryFilter> = {}): Promise<readonly string[]> {
  const rows = await lists(table => table.list({ limit: 10, ...filter }))
  return rows.map(one => one.id)
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000)
}

async function bodies(): Promise<readonly string[]> {
  const rows = (await app.database.db('deliveries').whereNotNull('body').select('id')) as Array<{
    id: string
  }>
  return rows.map(one => one.id).toSorted()
}

test('deliveries are listed newest first, by state, by event and page by page', async () => {
  await row({ id: 'd1', days: 3, state: 'quarantined' })
  await row({ id: 'd2', days: 2, event: 'issue_comment', state: 'waiting' })
  await row({ id: 'd3', days: 1, state: 'ignored', body: null })
  expect(await ids()).toEqual(['d3', 'd2', 'd1'])
  expect(await ids({ limit: 1 })).toEqual(['d3'])
  expect(await ids({ before: 'd3' })).toEqual(['d2', 'd1'])
  expect(await ids({ states: ['quarantined', 'waiting'] })).toEqual(['d2', 'd1'])
  expect(await ids({ event: 'issues', before: 'd3' })).toEqual(['d1'])
})

test('a subject is told by the repository’s name where we know it, and sizes without the body', async () => {
  await row({ id: 'known', days: 0, subject: `${REPOSITORY.providerId}#7` })
  await row({ id: 'strange', days: 0, subject: '1#8', body: null })
  expect(await lists(table => table.load('known'))).toMatchObject({
    subject: 'octo/app#7',
    bytes: 8,
    state: 'done',
    disposition: 'run'
  })
  expect(await lists(table => table.load('strange', 'lock'))).toMatchObject({
    subject: '1#8',
    bytes: null
  })
  expect(await lists(table => table.load('nobody'))).toBeNull()
  expect(await lists(table => table.body('known'))).toEqual(Buffer.from('12345678'))
  expect(await lists(table => table.body('strange'))).toBeNull()
})

test('a row that is put back is claimed again; one that is not finished or has no body stays as it is', async () => {
  await row({ id: 'done', days: 2 })
  await row({ id: 'quarantined', days: 2, state: 'quarantined' })
  await row({ id: 'working', days: 2, state: 'working' })
  await row({ id: 'bare', days: 2, body: null })
  for (const id of ['done', 'quarantined', 'working', 'bare']) {
    await lists(table => table.putBack(id))
  }
  const claimed = await app.store.transaction(({ deliveries }) => deliveries.claim('me', 10, 60))
  expect(claimed.map(one => [one.id, one.attempts])).toEqual([
    ['done', 0],
    ['quarantined', 0]
  ])
  expect(app.hints).toContain('deliveries')
})

test('old bodies go, oldest first and counted, of those put aside too; what is open keeps its own', async () => {
  for (const state of ['waiting', 'working']) await row({ id: state, days: 90, state })
  await row({ id: 'old-0', days: 60, state: 'quarantined' })
  await row({ id: 'old-1', days: 50 })
  await row({ id: 'old-2', days: 40 })
  await row({ id: 'young', days: 20 })
  await row({ id: 'young-aside', days: 20, state: 'quarantined' })
  expect(await retention(table => table.dropBodies(daysAgo(30), 1))).toEqual({
    rows: 1,
    bytes: 8,
    quarantined: 1
  })
  expect(await bodies()).toEqual(['old-1', 'old-2', 'waiting', 'working', 'young', 'young-aside'])
  expect(await retention(table => table.dropBodies(daysAgo(30), 1))).toMatchObject({ rows: 1 })
  expect(await bodies()).toEqual(['old-2', 'waiting', 'working', 'young', 'young-aside'])
  expect(await retention(table => table.dropBodies(daysAgo(30), 10))).toMatchObject({ rows: 1 })
  expect(await retention(table => table.dropBodies(daysAgo(30), 10))).toMatchObject({ rows: 0 })
  expect(await bodies()).toEqual(['waiting', 'working', 'young', 'young-aside'])
})

test('old rows go with their keys, put aside or not; what is not finished never does', async () => {
  for (const state of ['waiting', 'working', 'quarantined', 'done']) {
    await row({ id: state, days: 500, state })
  }
  await row({ id: 'ignored', days: 500, state: 'ignored', body: null })
  await row({ id: 'young', days: 300 })
  const dropped = await retention(table => table.dropKeys(daysAgo(400), 10))
  expect(dropped).toEqual({ rows: 3, bytes: 16, quarantined: 1 })
  expect((await ids()).toSorted()).toEqual(['waiting', 'working', 'young'])
})

test('a second copy is a duplicate as long as the key is there, with or without a body', async () => {
  await row({ id: 'kept-key', days: 50 })
  await retention(table => table.dropBodies(daysAgo(30), 10))
  const copy = { id: 'kept-key', event: 'issues', subject: null, body: Buffer.from('{}') }
  expect(await app.inbox.put(copy)).toBe(false)
  expect(await lists(table => table.load('kept-key'))).toMatchObject({ state: 'done', bytes: null })
})

test('with many finished rows the counts and the oldest bodies are found by index alone', async () => {
  await app.database.db.raw(
    `insert into deliveries (id, event, body, state, finished_at)
     select 'many' || n, 'issues', case when n % 2 = 0 then 'x'::bytea end, 'done', now() - n * interval '1 minute'
       from generate_series(1, 20000) n`
  )
  await app.database.db.raw('analyze deliveries')
  const plan = async (sql: string): Promise<string> => {
    const { rows } = await app.database.db.raw<{ rows: ReadonlyArray<Record<string, string>> }>(
      `explain ${sql}`
    )
    return rows.map(line => line['QUERY PLAN']).join('\n')
  }
  for (const state of ['waiting', 'working', 'quarantined']) {
    expect(await plan(`select count(*) from deliveries where state = '${state}'`)).not.toContain(
      'Seq Scan'
    )
  }
  expect(
    await plan(`select id from deliveries where state in ('done', 'quarantined') and body is not null
                and finished_at < now() - interval '30 days' order by finished_at limit 10`)
  ).toContain('deliveries_with_body')
})
