import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { retainDeliveries } from './retain-deliveries.ts'

let app: AppStore

beforeAll(async () => {
  app = await appStore()
})
beforeEach(async () => {
  await app.database.db.raw('truncate deliveries, missed_deliveries')
})
afterAll(() => app.drop())

function retain(log = recordedLog(), daysLater = 0) {
  const now = () => new Date(Date.now() + daysLater * 86_400_000)
  const settings = { retention: { payloadDays: 30, keyDays: 400 } }
  return retainDeliveries({ store: app.store, clock: { now }, log, settings })
}

/** `count` deliveries of one kind, received and finished so many days ago. */
async function deliveries(name: string, count: number, days: number, state = 'done') {
  await app.database.db.raw(
    `insert into deliveries (id, event, body, state, disposition, received_at, finished_at)
     select ? || '-' || n, 'issues', '0123456789'::bytea, ?, 'run',
            now() - ? * interval '1 day', now() - ? * interval '1 day'
       from generate_series(1, ?) n`,
    [name, state, days, days, count]
  )
}

async function left(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await app.database.db.raw<{
    rows: ReadonlyArray<{ name: string; count: string }>
  }>(
    `select regexp_replace(id, '-[0-9]+$', '') || case when body is null then ' without body' else '' end as name,
            count(*)::int as count from deliveries group by 1`
  )
  return Object.fromEntries(rows.map(row => [row.name, Number(row.count)]))
}

test('bodies go after 30 days, keys after 400, in batches; each batch is counted in the audit', async () => {
  await deliveries('young', 3, 29)
  await deliveries('middle', 5003, 31)
  await deliveries('aside', 4, 31, 'quarantined')
  await deliveries('young-aside', 1, 29, 'quarantined')
  await deliveries('ancient', 6, 401)
  await deliveries('ancient-aside', 2, 401, 'quarantined')
  const log = recordedLog()
  expect(await retain(log)).toEqual({
    bodies: 5007,
    keys: 8,
    quarantined: 6,
    missed: 0,
    bytes: 50_150
  })
  expect(await left()).toEqual({
    young: 3,
    'young-aside': 1,
    'middle without body': 5003,
    'aside without body': 4
  })
  const rows = (await app.database.db('flow_events').orderBy('id')) as ReadonlyArray<{
    type: string
    payload: Record<string, unknown>
  }>
  expect(rows.map(row => [row.type, row.payload.rows, row.payload.bytes])).toEqual([
    ['deliveries.removed', 8, 80],
    ['deliveries.bodies_removed', 5000, 50_000],
    ['deliveries.bodies_removed', 7, 70]
  ])
  expect(log.entries).toMatchObject([{ level: 'info', fields: { bodies: 5007, keys: 8 } }])
  expect(await retain(log)).toEqual({
    bodies: 0,
    keys: 0,
    quarantined: 0,
    missed: 0,
    bytes: 0
  })
  expect(log.entries).toHaveLength(1)
})

test('what is not finished is never touched, however old', async () => {
  await app.database.db.raw(
    `insert into deliveries (id, event, body, state, worker, received_at)
     values ('waits', 'issues', 'x', 'waiting', null, now() - interval '900 days'),
            ('works', 'issues', 'x', 'working', 'w', now() - interval '900 days')`
  )
  expect(await retain()).toMatchObject({ bodies: 0, keys: 0 })
  expect(await left()).toEqual({ waits: 1, works: 1 })
})

test('notes of missed deliveries go after 30 days, and are counted in the audit', async () => {
  await app.store.transaction(({ missedDeliveries }) =>
    missedDeliveries.note([
      {
        guid: 'g',
        event: 'issues',
        action: null,
        attemptId: '1',
        firstAt: new Date().toISOString(),
        statusCode: 0
      }
    ])
  )
  await retain(recordedLog(), 29)
  expect(await app.database.db('missed_deliveries')).toHaveLength(1)
  expect(await retain(recordedLog(), 31)).toMatchObject({ missed: 1 })
  expect(await app.database.db('missed_deliveries')).toHaveLength(0)
  const [entry] = await app.database.db('flow_events').where({ type: 'missed_deliveries.removed' })
  expect(entry).toMatchObject({ reason: 'retention', payload: { rows: 1 } })
})
