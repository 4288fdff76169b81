import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { NewDelivery } from '#app/core/delivery.ts'
import type { Deliveries } from '#app/ports/deliveries.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import type { TestDatabase } from '#app/testing/database.ts'

let app: AppStore
let database: TestDatabase
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ database, store } = app)
})

beforeEach(async () => {
  await database.db.raw('truncate deliveries')
})

afterAll(() => app.drop())

function delivery(id: string, subject: string | null = null): NewDelivery {
  return { id, event: 'issues', subject, body: Buffer.from(`{"id":"${id}"}`) }
}

/** One call in a transaction of its own, as the worker makes them. */
function call<T>(work: (deliveries: Deliveries) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.deliveries))
}

async function insert(...list: readonly NewDelivery[]): Promise<void> {
  for (const one of list) await app.inbox.put(one)
}

async function claim(worker: string, count = 10, leaseSeconds = 60): Promise<readonly string[]> {
  const claimed = await call(deliveries => deliveries.claim(worker, count, leaseSeconds))
  return claimed.map(one => one.id)
}

async function stateOf(id: string): Promise<unknown> {
  return database.db('deliveries').where({ id }).first('state', 'disposition', 'reason', 'attempts')
}

const DONE = { kind: 'done', disposition: 'run', reason: null } as const

test('a subject is worked on in order and one at a time; those without a subject go alone', async () => {
  await insert(
    delivery('a1', 'a'),
    delivery('a2', 'a'),
    delivery('x1'),
    delivery('x2'),
    delivery('b1', 'b')
  )
  expect(await claim('w1')).toEqual(['a1', 'x1', 'x2', 'b1'])
  expect(await claim('w2')).toEqual([])
  expect(await call(deliveries => deliveries.settle('a1', 'w1', DONE))).toBe(true)
  expect(await claim('w2')).toEqual(['a2'])
})

test('a row that waits for its next try holds back the later ones of its subject and no others', async () => {
  await insert(delivery('a1', 'a'), delivery('a2', 'a'), delivery('b1', 'b'))
  expect(await claim('w', 1)).toEqual(['a1'])
  const retry = {
    kind: 'retry',
    afterSeconds: 60,
    reason: 'GitHub is away',
    patient: true
  } as const
  await call(deliveries => deliveries.settle('a1', 'w', retry))
  expect(await claim('w')).toEqual(['b1'])
})

test('a long backlog of one subject, also one that waits for its next try, keeps no other waiting', async () => {
  await database.db.raw(
    `insert into deliveries (id, event, subject, body)
     select 'hot' || n, 'issues', 'hot', '' from generate_series(1, 600) n`
  )
  await insert(delivery('b1', 'b'))
  expect(await claim('w')).toEqual(['hot1'])
  expect(await claim('w')).toEqual(['b1'])
  const retry = {
    kind: 'retry',
    afterSeconds: 60,
    reason: 'GitHub is away',
    patient: true
  } as const
  await call(deliveries => deliveries.settle('hot1', 'w', retry))
  await insert(delivery('c1', 'c'))
  expect(await claim('w')).toEqual(['c1'])
})

test('workers that claim at the same moment never hold one subject twice and lose nothing', async () => {
  const subjects = ['s0', 's1', 's2', 's3', null]
  const all = Array.from({ length: 60 }, (_, n) => delivery(`d${n}`, subjects[n % 5]))
  await insert(...all)
  const worked: string[] = []
  const busy = new Set<string>()
  const worker = async (name: string): Promise<void> => {
    while (worked.length < all.length) {
      const claimed = await call(deliveries => deliveries.claim(name, 3, 60))
      for (const { id } of claimed) {
        const subject = all.find(one => one.id === id)?.subject ?? id
        expect(busy.has(subject)).toBe(false)
        busy.add(subject)
        worked.push(id)
      }
      for (const { id } of claimed) {
        busy.delete(all.find(one => one.id === id)?.subject ?? id)
        expect(await call(deliveries => deliveries.settle(id, name, DONE))).toBe(true)
      }
    }
  }
  await Promise.all(['w1', 'w2', 'w3', 'w4'].map(worker))
  expect(worked.toSorted()).toEqual(all.map(one => one.id).toSorted())
  for (const subject of ['s0', 's1', 's2', 's3']) {
    const ids = all.filter(one => one.subject === subject).map(one => one.id)
    expect(worked.filter(id => ids.includes(id))).toEqual(ids)
  }
})

test('a row that commits late with an earlier number loses the race without an error', async () => {
  const late = await database.db.transaction()
  await late.raw(`insert into deliveries (id, event, subject, body) values ('late', 'e', 's', '')`)
  await insert(delivery('early', 's'))
  // The claim of `early` is held open, so that the next claimer meets it only at the unique index.
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  let claimed: () => void = () => undefined
  const isClaimed = new Promise<void>(resolve => {
    claimed = resolve
  })
  const first = call(async deliveries => {
    const rows = await deliveries.claim('w1', 1, 60)
    claimed()
    await held
    return rows
  })
  await isClaimed
  await late.commit()
  const second = store.transaction(async ({ deliveries, workers }) => {
    const rows = await deliveries.claim('w2', 1, 60)
    // The transaction still works after the lost race.
    await workers.heartbeat('nobody')
    return rows
  })
  await waitUntilBlocked()
  release()
  expect((await first).map(row => row.id)).toEqual(['early'])
  expect(await second).toEqual([])
})

async function waitUntilBlocked(): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const { rows } = await database.db.raw<{ rows: readonly unknown[] }>(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    )
    if (rows.length > 0) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error('the second claim never waited for the first')
}

test('an expired lease gives the row back, and its first worker can settle it no more', async () => {
  await insert(delivery('a1', 'a'))
  expect(await claim('w1', 1, 0)).toEqual(['a1'])
  expect(await call(deliveries => deliveries.releaseExpired())).toBe(1)
  expect(await claim('w2')).toEqual(['a1'])
  expect(await call(deliveries => deliveries.settle('a1', 'w1', DONE))).toBe(false)
  expect(await call(deliveries => deliveries.releaseExpired())).toBe(0)
  expect(await call(deliveries => deliveries.settle('a1', 'w2', DONE))).toBe(true)
  expect(await stateOf('a1')).toMatchObject({ state: 'done', disposition: 'run' })
})

test('after eight failed tries a row is quarantined with its reason and the next one flows', async () => {
  await insert(delivery('bad', 's'), delivery('good', 's'))
  const retry = {
    kind: 'retry',
    afterSeconds: 0,
    reason: 'PAYLOAD: broken',
    patient: false
  } as const
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const [claimed] = await call(deliveries => deliveries.claim('w', 1, 60))
    expect(claimed).toMatchObject({ id: 'bad', attempts: attempt - 1 })
    await call(deliveries => deliveries.settle('bad', 'w', retry))
  }
  expect(await stateOf('bad')).toEqual({
    state: 'quarantined',
    disposition: 'quarantined',
    reason: 'PAYLOAD: broken',
    attempts: 8
  })
  expect(await claim('w')).toEqual(['good'])
})

test('a row that ends its workers is quarantined too', async () => {
  await insert(delivery('poison'))
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    expect(await claim(`w${attempt}`, 1, 0)).toEqual(['poison'])
    await call(deliveries => deliveries.releaseExpired())
  }
  expect(await claim('w9')).toEqual([])
  expect(await stateOf('poison')).toMatchObject({ state: 'quarantined' })
})

test('the caller may quarantine at once, and the counts tell of what is not done', async () => {
  await insert(delivery('q'), delivery('d'), delivery('w'), { ...delivery('i'), body: null })
  await claim('me', 2)
  const unreadable = { kind: 'quarantined', reason: 'no repository' } as const
  await call(deliveries => deliveries.settle('q', 'me', unreadable))
  await call(deliveries => deliveries.settle('d', 'me', DONE))
  expect(await call(deliveries => deliveries.counts())).toEqual({
    quarantined: 1,
    waiting: 1,
    working: 0
  })
})

test('a delivery that only waits for GitHub is not quarantined within a day', async () => {
  await insert(delivery('patient', '9#9'))
  const retry = {
    kind: 'retry',
    afterSeconds: 0,
    reason: 'GITHUB_UNAVAILABLE',
    patient: true
  } as const
  for (let times = 0; times < 12; times += 1) {
    expect(await claim('w')).toEqual(['patient'])
    await call(deliveries => deliveries.settle('patient', 'w', retry))
  }
  const aged = { received_at: database.db.raw("now() - interval '25 hours'"), attempts: 8 }
  await database.db('deliveries').where({ id: 'patient' }).update(aged)
  await claim('w')
  await call(deliveries => deliveries.settle('patient', 'w', retry))
  expect(await stateOf('patient')).toMatchObject({ state: 'quarantined' })
})
