import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { LANES } from '#app/core/effect.ts'
import type { Store, Tables } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
})

beforeEach(async () => {
  await app.database.db.raw('truncate worker_instances, deliveries, runs cascade')
  for (const id of ['w1', 'w2']) {
    await store.transaction(({ workers }) =>
      workers.register({ id, machine: 'm', role: 'worker', pid: 1, version: '1' })
    )
  }
})

afterAll(() => app.drop())

async function claimAll(tables: Tables, worker: string) {
  return {
    runs: await tables.runs.claim(worker, { count: 9, leaseSeconds: 60, totalLimit: 9 }),
    deliveries: await tables.deliveries.claim(worker, 9, 60),
    effects: await tables.effects.claim(worker, 9, 60)
  }
}

const age = (id: string, seconds: number) =>
  app.database
    .db('worker_instances')
    .where({ id })
    .update({
      heartbeat_at: new Date(Date.now() - seconds * 1000)
    })

test('a worker that stops hands over everything it holds at once, and the next one goes on', async () => {
  const run = await storedRun(store)
  await app.inbox.put({ id: 'd', event: 'issues', subject: 's', body: Buffer.from('{}') })
  await store.transaction(async tables => {
    await tables.effects.add({
      key: 'e',
      effect: { kind: 'sync-check-run', run },
      lane: LANES.normal,
      run,
      correlationId: null
    })
  })
  const first = await store.transaction(tables => claimAll(tables, 'w1'))
  expect([first.runs.length, first.deliveries.length, first.effects.length]).toEqual([1, 1, 1])
  const nothing = { runs: [], deliveries: [], effects: [] }
  expect(await store.transaction(tables => claimAll(tables, 'w2'))).toEqual(nothing)
  app.hints.length = 0
  await store.transaction(({ workers }) => workers.stop('w1'))
  expect(app.hints.toSorted()).toEqual(['deliveries', 'effects', 'runs'])
  const second = await store.transaction(tables => claimAll(tables, 'w2'))
  expect(second).toMatchObject({
    runs: [{ id: run, fence: 2, leaseOwner: 'w2' }],
    deliveries: [{ id: 'd', attempts: 0 }],
    effects: [{ key: 'e', attempts: 1 }]
  })
  await expect(
    store.transaction(({ runs }) => runs.change(run, 1, { phase: 'agent' }))
  ).rejects.toMatchObject({ code: 'FENCED' })
})

test('instances that are not heard of are dead, once, and those that stopped are not', async () => {
  const reap = () => store.transaction(({ workers }) => workers.reapDead(20))
  expect(await reap()).toEqual([])
  await age('w1', 60)
  await age('w2', 60)
  await store.transaction(({ workers }) => workers.stop('w2'))
  expect(await reap()).toEqual(['w1'])
  expect(await reap()).toEqual([])
})

test('a heartbeat keeps an instance alive, and brings back one that was taken for dead', async () => {
  const beat = () => store.transaction(({ workers }) => workers.heartbeat('w1'))
  const reap = () => store.transaction(({ workers }) => workers.reapDead(20))
  await age('w1', 60)
  await beat()
  expect(await reap()).toEqual([])
  await age('w1', 60)
  expect(await reap()).toEqual(['w1'])
  await beat()
  await age('w1', 60)
  expect(await reap()).toEqual(['w1'])
})

test('a heartbeat renews what is in hand and nothing else of the worker', async () => {
  for (const id of ['at-work', 'never-heard-of']) {
    await app.inbox.put({ id, event: 'issues', subject: null, body: Buffer.from('{}') })
  }
  await store.transaction(async ({ workers, deliveries }) => {
    await workers.register({ id: 'beating', machine: 'm', role: 'worker', pid: 1, version: '0' })
    await deliveries.claim('beating', 10, 1)
  })
  await new Promise(resolve => setTimeout(resolve, 1100))
  await store.transaction(({ workers }) =>
    workers.heartbeat('beating', { deliveries: ['at-work'], effects: [], leaseSeconds: 60 })
  )
  await store.transaction(({ deliveries }) => deliveries.releaseExpired())
  const rows = (await app.database
    .db('deliveries')
    .whereIn('id', ['at-work', 'never-heard-of'])
    .orderBy('id')
    .select('state')) as Array<{ state: string }>
  expect(rows.map(row => row.state)).toEqual(['working', 'waiting'])
})
