import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { MissedDelivery } from '#app/core/missed-delivery.ts'
import type { MissedDeliveries } from '#app/ports/missed-deliveries.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'

const NOW = new Date('2026-05-10T12:00:00Z')
let app: AppStore

beforeAll(async () => {
  app = await appStore()
})
beforeEach(async () => {
  await app.database.db.raw('truncate deliveries, missed_deliveries, delivery_sweeps')
})
afterAll(() => app.drop())

function call<T>(work: (missed: MissedDeliveries) => Promise<T>): Promise<T> {
  return app.store.transaction(tables => work(tables.missedDeliveries))
}

function missed(guid: string, minutesAgo: number): MissedDelivery {
  return {
    guid,
    event: 'issues',
    action: 'labeled',
    attemptId: `1${guid.length}`,
    firstAt: minutes(-minutesAgo).toISOString(),
    statusCode: 502
  }
}

function minutes(count: number): Date {
  return new Date(NOW.getTime() + count * 60_000)
}

async function stored(id: string): Promise<void> {
  await app.inbox.put({ id, event: 'issues', subject: null, body: Buffer.from('{}') })
}

test('only what the inbox does not have is noted, and once', async () => {
  await stored('here')
  const list = [missed('here', 9), missed('gone-1', 8), missed('gone-2', 7)]
  expect(await call(table => table.note(list))).toBe(2)
  expect(await call(table => table.note(list))).toBe(0)
  expect(await call(table => table.note([]))).toBe(0)
})

test('a later look keeps the asks, and takes the newest attempt and the earliest time', async () => {
  await call(table => table.note([missed('a', 5)]))
  const ask = { asks: 2, askedAt: NOW, nextAskAt: minutes(5) }
  await call(table => table.asked('a', ask))
  const again = { ...missed('a', 30), attemptId: '3804004623172239399', statusCode: 401 }
  await call(table => table.note([again]))
  expect(await call(table => table.due(minutes(5)))).toEqual({ ...again, ...ask })
})

test('the oldest is due first, and what was asked for comes again only after its wait', async () => {
  await call(table => table.note([missed('new', 5), missed('old', 50)]))
  const first = await call(table => table.due(NOW))
  expect(first).toMatchObject({ guid: 'old', asks: 0, askedAt: null })
  await call(table => table.asked('old', { asks: 1, askedAt: NOW, nextAskAt: minutes(5) }))
  await call(table => table.asked('new', { asks: 1, askedAt: NOW, nextAskAt: minutes(6) }))
  expect(await call(table => table.due(minutes(4)))).toBeNull()
  expect(await call(table => table.due(minutes(7)))).toMatchObject({ guid: 'old' })
})

test('two that ask at the same moment never take the same one', async () => {
  await call(table => table.note([missed('a', 5), missed('b', 4)]))
  const [one, other] = await app.store.transaction(async ({ missedDeliveries }) => [
    await missedDeliveries.due(NOW),
    await call(table => table.due(NOW))
  ])
  expect([one?.guid, other?.guid]).toEqual(['a', 'b'])
})

test('one that came meanwhile is not due and is forgotten, and the rest is counted', async () => {
  await call(table => table.note([missed('a', 5), missed('b', 4), missed('c', 3)]))
  for (const guid of ['a', 'b'])
    await call(table => table.asked(guid, { asks: 1, askedAt: NOW, nextAskAt: minutes(-1) }))
  await stored('a')
  expect(await call(table => table.due(NOW))).toMatchObject({ guid: 'c' })
  expect(await call(table => table.arrived(NOW))).toEqual({
    arrived: 1,
    came: 1,
    asked: 2,
    waiting: 2
  })
  expect(await call(table => table.arrived(null))).toEqual({
    arrived: 0,
    came: 0,
    asked: 0,
    waiting: 2
  })
})

test('it is given up when asking was in vain, when it is too old, or by name; and stays so', async () => {
  await call(table => table.note(['vain', 'old', 'gone', 'kept'].map(guid => missed(guid, 60))))
  await call(table => table.note([missed('old', 5000)]))
  const vain = { asks: 10, askedAt: NOW, nextAskAt: minutes(-1) }
  await call(table => table.asked('vain', vain))
  await call(table => table.asked('kept', { ...vain, nextAskAt: minutes(1) }))
  const rule = { maxAsks: 10, oldest: minutes(-4320), now: NOW }
  const given = await call(table => table.giveUp(rule))
  expect(given.map(one => [one.guid, one.reason, one.asks]).toSorted()).toEqual([
    ['old', 'too_old', 0],
    ['vain', 'asked_in_vain', 10]
  ])
  const byName = { guid: 'gone', now: NOW }
  expect(await call(table => table.giveUp(byName))).toMatchObject([{ reason: 'gone_from_github' }])
  expect(await call(table => table.giveUp(byName))).toEqual([])
  expect(await call(table => table.giveUp(rule))).toEqual([])
  expect(await call(table => table.note([missed('vain', 60)]))).toBe(0)
  expect(await call(table => table.due(minutes(0)))).toBeNull()
  expect(await call(table => table.arrived(null))).toMatchObject({ waiting: 1 })
})

test('how far the sweeps came never goes back, and the inbox keeps its birthday', async () => {
  const sweeps = app.store
  const load = () => sweeps.transaction(({ deliverySweeps }) => deliverySweeps.load())
  expect(await load()).toBeNull()
  const save = (sweptUntil: Date | null, askedAt: Date | null) =>
    sweeps.transaction(({ deliverySweeps }) =>
      deliverySweeps.save({ sweptUntil, inboxSince: minutes(0), askedAt })
    )
  await save(null, null)
  expect(await load()).toEqual({ sweptUntil: null, inboxSince: NOW, askedAt: null })
  await save(minutes(5), minutes(5))
  await save(minutes(3), null)
  await save(null, minutes(6))
  expect(await load()).toEqual({
    sweptUntil: minutes(5),
    inboxSince: NOW,
    askedAt: minutes(6)
  })
})
