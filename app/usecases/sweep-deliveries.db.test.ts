import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { AppError } from '#app/core/errors.ts'
import type { HookAttempt } from '#app/core/missed-delivery.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { fakeAppHook } from '#app/testing/fake-app-hook.ts'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { type SweptDeliveries, sweepDeliveries } from './sweep-deliveries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const EVENTS = ['issues', 'issue_comment']

let app: AppStore
let hook: ReturnType<typeof fakeAppHook>
let log: ReturnType<typeof recordedLog>
let now = 0

beforeAll(async () => {
  app = await appStore()
})
beforeEach(async () => {
  await app.database.db.raw('truncate deliveries, missed_deliveries, delivery_sweeps')
  hook = fakeAppHook()
  log = recordedLog()
  now = Date.parse('2026-05-10T12:00:00Z')
  ids = 0
})
afterAll(() => app.drop())

function sweep(): Promise<SweptDeliveries> {
  const clock = { now: () => new Date(now) }
  return sweepDeliveries({ store: app.store, clock, log, appHook: hook }, EVENTS)
}

let ids = 0
/** GitHub delivers at this moment. */
function sent(guid: string, statusCode: number, event = 'issues'): HookAttempt {
  ids += 1
  const at = new Date(now).toISOString()
  const attempt = { id: String(ids), guid, event, action: 'labeled', at, statusCode }
  hook.log.push(attempt)
  return attempt
}

async function stored(id: string): Promise<void> {
  await app.inbox.put({ id, event: 'issues', subject: null, body: Buffer.from('{}') })
}

/** What was asked for, by guid, since the last look. */
function asked(): readonly string[] {
  return hook.asked.splice(0).map(id => hook.log.find(one => one.id === id)?.guid ?? id)
}

async function audit(type: string): Promise<ReadonlyArray<Record<string, unknown>>> {
  const since = await app.database.db('flow_events').where({ type }).orderBy('id')
  return since as ReadonlyArray<Record<string, unknown>>
}

test('what failed is asked for once, oldest first, and is done when it is in the inbox', async () => {
  sent('first', 0)
  now += MINUTE
  sent('second', 502)
  sent('here', 500)
  sent('strange', 500, 'star')
  await stored('here')
  now += 2 * MINUTE
  expect(await sweep()).toMatchObject({ listed: 4, found: 2, asked: 2, waiting: 2, held: null })
  expect(asked()).toEqual(['first', 'second'])
  for (const guid of ['first', 'second']) {
    sent(guid, 202)
    await stored(guid)
  }
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ found: 0, asked: 0, arrived: 2, waiting: 0 })
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ found: 0, asked: 0, arrived: 0, waiting: 0 })
  expect(asked()).toEqual([])
})

test('what was sent in one second is asked for in the order it was sent', async () => {
  const guids = Array.from({ length: 12 }, (_, n) => `sent-${(n * 7) % 12}`)
  for (const guid of guids) sent(guid, 0)
  now += 2 * MINUTE
  expect(await sweep()).toMatchObject({ found: 12, asked: 12 })
  expect(asked()).toEqual(guids)
})

test('a delivery that something in front of us answered is asked for too', async () => {
  await sweep()
  now += 5 * MINUTE
  sent('swallowed', 200)
  now += 5 * MINUTE
  await sweep()
  expect(asked()).toEqual(['swallowed'])
})

test('a new database does not ask for what another one has taken', async () => {
  sent('taken-elsewhere', 202)
  sent('failed', 503)
  now += 5 * MINUTE
  await sweep()
  now += 5 * MINUTE
  await sweep()
  expect(new Set(asked())).toEqual(new Set(['failed']))
})

test('after hours of downtime everything since the last sweep is found', async () => {
  await sweep()
  now += 5 * MINUTE
  for (let count = 0; count < 40; count += 1) {
    now += 10 * MINUTE
    sent(`d${count}`, 0)
  }
  now += 10 * MINUTE
  expect(await sweep()).toMatchObject({ found: 40, asked: 40, gap: null })
  expect(asked()).toEqual(Array.from({ length: 40 }, (_, count) => `d${count}`))
})

test('a downtime longer than GitHub’s log is said once, with what to do', async () => {
  await sweep()
  const from = new Date(now).toISOString()
  now += 80 * HOUR
  sent('young', 0)
  now += 2 * MINUTE
  const to = new Date(now - 72 * HOUR).toISOString()
  expect(await sweep()).toMatchObject({ asked: 1, gap: { from, to } })
  const [entry] = log.entries.filter(one => one.level === 'warn')
  expect(entry).toMatchObject({
    fields: { from, to, hint: expect.stringContaining('must be made again') }
  })
  expect(await audit('deliveries.unreachable')).toMatchObject([
    { reason: 'older_than_github_log', payload: { from, to } }
  ])
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ gap: null })
})

test('at most 200 are asked for at once; the rest follow', async () => {
  for (let count = 0; count < 230; count += 1) sent(`many${count}`, 0)
  now += 2 * MINUTE
  expect(await sweep()).toMatchObject({ found: 230, asked: 200, waiting: 230 })
  for (const guid of asked()) await stored(guid)
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ found: 0, asked: 30, arrived: 200, waiting: 30 })
})

test('the same one is not asked for again before its time, ever more rarely, and given up once', async () => {
  sent('poison', 500)
  sent('fine', 0)
  now += 2 * MINUTE
  await sweep()
  expect(asked().toSorted()).toEqual(['fine', 'poison'])
  await stored('fine')
  const askedAt: number[] = []
  const began = now
  let gaveUp = 0
  while (now - began < 71 * HOUR) {
    now += 5 * MINUTE
    gaveUp += (await sweep()).gaveUp
    if (asked().length > 0) {
      askedAt.push((now - began) / MINUTE)
      sent('poison', 500)
    }
  }
  expect(askedAt).toEqual([5, 20, 65, 200, 605, 1325, 2045, 2765, 3485])
  expect(gaveUp).toBe(1)
  expect(log.entries.filter(one => one.message.startsWith('a delivery is lost'))).toHaveLength(1)
  expect(await audit('delivery.given_up')).toMatchObject([
    { correlation_id: 'poison', reason: 'asked_in_vain', payload: { asks: 10 } }
  ])
}, 60_000)

test('what came in between is no loss, however long nobody looked', async () => {
  sent('late', 0)
  now += 2 * MINUTE
  expect(await sweep()).toMatchObject({ asked: 1 })
  await stored('late')
  now += 4 * 24 * HOUR
  expect(await sweep()).toMatchObject({ gaveUp: 0, arrived: 1, waiting: 0 })
  const lost = await audit('delivery.given_up')
  expect(lost.filter(entry => entry.correlation_id === 'late')).toEqual([])
})

test('what GitHub does not have any more is given up at once, and the others go on', async () => {
  const gone = sent('forgotten', 0)
  sent('other', 0)
  now += 2 * MINUTE
  hook.failures.set(gone.id, new AppError('NOT_FOUND', 'no such delivery'))
  expect(await sweep()).toMatchObject({ asked: 1, gaveUp: 1, waiting: 1 })
  expect(asked()).toEqual(['other'])
  hook.failures.clear()
  now += 5 * MINUTE
  await sweep()
  expect(asked()).toEqual(['other'])
})

test('while deliveries are refused only one is asked for, until one is taken', async () => {
  for (let count = 0; count < 30; count += 1) sent(`d${count}`, 401)
  now += 2 * MINUTE
  const held = { reason: 'refused', hint: expect.stringContaining('WEBHOOK_SECRET') }
  expect(await sweep()).toMatchObject({ found: 30, asked: 1, held })
  expect(asked()).toEqual(['d0'])
  sent('d0', 401)
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ asked: 1, held })
  expect(asked()).toEqual(['d1'])
  // The secret is put right.
  sent('d1', 202)
  await stored('d1')
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ asked: 29, arrived: 1, held: null })
})

test('when nothing of the last asks came only one is asked for', async () => {
  for (let count = 0; count < 5; count += 1) sent(`d${count}`, 0)
  now += 2 * MINUTE
  await sweep()
  expect(asked()).toHaveLength(5)
  sent('more-1', 0)
  sent('more-2', 0)
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ asked: 1, held: { reason: 'silent' } })
  expect(asked()).toEqual(['more-1'])
  await stored('more-1')
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ held: null })
  expect(asked()).toContain('more-2')
})

test('a log that cannot be read to its end keeps what was read, and is read again from the same time', async () => {
  await sweep()
  now += HOUR
  for (let count = 0; count < 6; count += 1) {
    sent(`d${count}`, 0)
    now += MINUTE
  }
  now += MINUTE
  hook.failures.set('page', new AppError('GITHUB_LIMIT', 'slow down'))
  await expect(sweep()).rejects.toMatchObject({ code: 'GITHUB_LIMIT' })
  expect(asked()).toEqual([])
  hook.failures.clear()
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ found: 4, asked: 6 })
})

test('when GitHub cannot be asked the rest waits for the next sweep, with nothing counted', async () => {
  const second = [sent('a', 0), sent('b', 0), sent('c', 0)][1]
  now += 2 * MINUTE
  hook.failures.set(second?.id ?? '', new AppError('GITHUB_LIMIT', 'slow down'))
  expect(await sweep()).toMatchObject({ asked: 1, waiting: 3 })
  expect(asked()).toEqual(['a'])
  await stored('a')
  hook.failures.clear()
  now += 5 * MINUTE
  expect(await sweep()).toMatchObject({ asked: 2 })
  expect(asked()).toEqual(['b', 'c'])
  const rows = await app.database.db('missed_deliveries').select('asks')
  expect(rows).toEqual([{ asks: 1 }, { asks: 1 }])
})

test('sweeps at the same moment ask for nothing twice', async () => {
  for (let count = 0; count < 20; count += 1) sent(`d${count}`, 0)
  now += 2 * MINUTE
  const swept = await Promise.all([sweep(), sweep(), sweep()])
  expect(swept.reduce((sum, one) => sum + one.asked, 0)).toBe(20)
  expect(new Set(asked()).size).toBe(20)
})
