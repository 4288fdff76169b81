import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Effect, LANES, type NewEffect } from '#app/core/effect.ts'
import type { Effects } from '#app/ports/effects.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'

let app: AppStore
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
})

beforeEach(async () => {
  await app.database.db.raw('truncate effects')
  app.hints.length = 0
})

afterAll(() => app.drop())

function call<T>(work: (effects: Effects) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.effects))
}

const push = (run: string, attempt: number): Effect => ({ kind: 'push-branch', run, attempt })
const syncPullRequest = (run: string): Effect => ({ kind: 'sync-pull-request', run })
const syncComment = (run: string): Effect => ({ kind: 'sync-status-comment', run })
const comment = (thread: number): Effect => ({
  kind: 'comment',
  repository: 'r',
  thread,
  body: 'hi'
})

function wish(key: string, effect: Effect, more: Partial<NewEffect> = {}): NewEffect {
  return { key, effect, lane: LANES.normal, run: null, correlationId: 'c', ...more }
}

async function add(key: string, effect: Effect, more: Partial<NewEffect> = {}): Promise<string> {
  return call(effects => effects.add(wish(key, effect, more)))
}

async function claim(worker = 'w', count = 10, leaseSeconds = 60) {
  return call(effects => effects.claim(worker, count, leaseSeconds))
}

async function keys(worker = 'w', count = 10): Promise<readonly string[]> {
  return (await claim(worker, count)).map(effect => effect.key)
}

/** Takes the one effect that is ready; fails when there is none or more. */
async function take(worker = 'w') {
  const claimed = await claim(worker)
  const [only] = claimed
  if (only === undefined || claimed.length > 1)
    throw new Error(`${claimed.length} effects are ready`)
  return only
}

const done = (id: number, revision = 1, worker = 'w') =>
  call(effects => effects.settle(id, worker, { kind: 'done', revision, result: { id: 7 } }))
const retry = (id: number, afterSeconds = 0) =>
  call(effects => effects.settle(id, 'w', { kind: 'retry', afterSeconds, error: 'GITHUB' }))
const fail = (id: number) =>
  call(effects => effects.settle(id, 'w', { kind: 'failed', error: 'refused' }))
const find = (key: string) => call(effects => effects.find(key))

test('a one-shot effect is taken once per key and keeps its result', async () => {
  expect(await add('k', comment(1))).toBe('added')
  expect(await add('k', comment(2))).toBe('known')
  const effect = await take()
  expect(effect).toMatchObject({
    key: 'k',
    effect: comment(1),
    lane: LANES.normal,
    revision: 1,
    attempts: 0,
    run: null,
    correlationId: 'c'
  })
  expect(await find('k')).toEqual({ state: 'working', result: null, error: null })
  expect(await done(effect.id)).toBe(true)
  expect(await find('k')).toEqual({ state: 'done', result: { id: 7 }, error: null })
  expect(await add('k', comment(1))).toBe('known')
  expect(await claim()).toEqual([])
  expect(await find('unknown')).toBeNull()
})

test('effects of one target go one at a time in the order they were asked for, others beside them', async () => {
  await add('c1', comment(1))
  await add('c2', comment(1))
  await add('other', comment(2))
  const [first, other] = await claim()
  expect([first?.key, other?.key]).toEqual(['c1', 'other'])
  expect(await keys()).toEqual([])
  await done(first?.id ?? 0)
  expect(await keys()).toEqual(['c2'])
})

test('one that waits for its next try holds back the later ones of its target', async () => {
  await add('c1', comment(1))
  await add('c2', comment(1))
  await retry((await take()).id, 60)
  expect(await keys()).toEqual([])
  expect(await find('c1')).toEqual({ state: 'waiting', result: null, error: 'GITHUB' })
})

test('a failed one is at its end and lets the next one go', async () => {
  await add('c1', comment(1))
  await add('c2', comment(1))
  await fail((await take()).id)
  expect(await find('c1')).toMatchObject({ state: 'failed', error: 'refused' })
  expect(await keys()).toEqual(['c2'])
})

test('better lanes go first, and an urgent effect lifts those it has to wait for', async () => {
  await add('refusal', comment(1), { lane: LANES.refusal })
  await add('other refusal', comment(3), { lane: LANES.refusal })
  await add('normal', comment(2))
  await add('gate', comment(1), { lane: LANES.gate })
  const [first] = await claim('w', 1)
  expect(first).toMatchObject({ key: 'refusal', lane: LANES.gate })
  expect(await keys('w', 1)).toEqual(['normal'])
  await done(first?.id ?? 0)
  expect(await keys()).toEqual(['gate', 'other refusal'])
})

test('asking again while it waits is one write, of the newest revision', async () => {
  expect(await add('s', syncComment('r'))).toBe('added')
  expect(await add('s', syncComment('r'))).toBe('asked_again')
  expect(await add('s', syncComment('r'))).toBe('asked_again')
  const effect = await take()
  expect(effect).toMatchObject({ revision: 3, attempts: 0 })
  await done(effect.id, 3)
  expect(await claim()).toEqual([])
})

test('asking again while it is worked on makes it wait anew after its end, and only then', async () => {
  await add('s', syncComment('r'))
  const first = await take()
  await add('s', syncComment('r'))
  expect(await claim('w2')).toEqual([])
  expect(await done(first.id, first.revision)).toBe(true)
  expect(await find('s')).toMatchObject({ state: 'waiting', result: { id: 7 } })
  const second = await take()
  expect(second).toMatchObject({ id: first.id, revision: 2, attempts: 0 })
  await done(second.id, second.revision)
  expect(await claim()).toEqual([])
})

test.each([
  ['done', (id: number) => done(id, 1), 0],
  ['failed', fail, 1]
] as const)('one that was %s can be asked for again', async (state, end, attempts) => {
  await add('s', syncComment('r'))
  const first = await take()
  await end(first.id)
  expect(await find('s')).toMatchObject({ state })
  expect(await add('s', syncComment('r'))).toBe('asked_again')
  expect(await take()).toMatchObject({ id: first.id, revision: 2, attempts })
})

test('one that fails although it was asked for again meanwhile is tried once more', async () => {
  await add('s', syncComment('r'))
  const first = await take()
  await add('s', syncComment('r'))
  await fail(first.id)
  expect(await take()).toMatchObject({ revision: 2, attempts: 1 })
})

test('asked again behind another effect of its target, it goes after that one', async () => {
  await add('pr', syncPullRequest('r'))
  await add('push2', push('r', 2))
  await add('pr', syncPullRequest('r'))
  const first = await take()
  expect(first.key).toBe('push2')
  await done(first.id)
  const second = await take()
  expect(second.key).toBe('pr')
  await add('push3', push('r', 3))
  await add('pr', syncPullRequest('r'))
  await done(second.id, second.revision)
  expect(await keys()).toEqual(['push3'])
})

test('a delay coalesces: later asks neither move it further away nor are they lost, an urgent one brings it forward', async () => {
  await add('s', syncComment('r'), { delayMs: 60_000 })
  expect(app.hints).toEqual([])
  expect(await claim()).toEqual([])
  await add('s', syncComment('r'), { delayMs: 120_000 })
  const { rows } = await app.database.db.raw<{ rows: readonly { left: number }[] }>(
    'select extract(epoch from run_after - now())::float8 as left from effects'
  )
  expect(rows[0]?.left).toBeLessThanOrEqual(60)
  await add('s', syncComment('r'))
  expect(app.hints).toEqual(['effects'])
  expect(await take()).toMatchObject({ revision: 3 })
})

test('a delayed ask during the work delays what follows, until an urgent ask comes', async () => {
  await add('s', syncComment('r'))
  const first = await take()
  await add('s', syncComment('r'), { delayMs: 60_000 })
  await done(first.id, 1)
  expect(await claim()).toEqual([])
  await add('s', syncComment('r'))
  expect(await take()).toMatchObject({ revision: 3 })
})

test('asking again does not cut a backoff short, and the earlier try is remembered', async () => {
  await add('s', syncComment('r'))
  await retry((await take()).id, 60)
  await add('s', syncComment('r'))
  expect(await claim()).toEqual([])
  await app.database.db('effects').update({ run_after: new Date(0) })
  expect(await take()).toMatchObject({ revision: 2, attempts: 1 })
})

test('every try is counted, also one whose worker was lost', async () => {
  await add('k', comment(1))
  await retry((await take()).id)
  const second = await call(effects => effects.claim('w', 1, 0))
  expect(second).toMatchObject([{ attempts: 1 }])
  expect(await call(effects => effects.releaseExpired())).toBe(1)
  expect(await call(effects => effects.releaseExpired())).toBe(0)
  const third = await take('w2')
  expect(third).toMatchObject({ attempts: 2 })
  expect(await done(third.id, 1, 'w')).toBe(false)
  expect(await done(third.id, 1, 'w2')).toBe(true)
})

test('workers that claim at the same moment never write to one target twice at a time', async () => {
  for (let n = 0; n < 40; n += 1) await add(`e${n}`, comment(n % 5))
  const order: string[] = []
  const busy = new Set<number>()
  const worker = async (name: string): Promise<void> => {
    while (order.length < 40) {
      const claimed = await claim(name, 3)
      for (const { key, effect } of claimed) {
        const thread = effect.kind === 'comment' ? effect.thread : -1
        expect(busy.has(thread)).toBe(false)
        busy.add(thread)
        order.push(key)
      }
      for (const { id, effect } of claimed) {
        busy.delete(effect.kind === 'comment' ? effect.thread : -1)
        expect(await done(id, 1, name)).toBe(true)
      }
    }
  }
  await Promise.all(['w1', 'w2', 'w3', 'w4'].map(worker))
  expect(order).toHaveLength(40)
  for (let thread = 0; thread < 5; thread += 1) {
    const ofThread = order.map(key => Number(key.slice(1))).filter(n => n % 5 === thread)
    expect(ofThread).toEqual(ofThread.toSorted((left, right) => left - right))
  }
})

test('the same key added 20 times at once is added once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => add('k', comment(1))))
  expect(answers.filter(answer => answer === 'added')).toHaveLength(1)
  const asked = await Promise.all(Array.from({ length: 20 }, () => add('s', syncComment('r'))))
  expect(asked.filter(answer => answer === 'added')).toHaveLength(1)
  expect((await claim()).find(effect => effect.key === 's')?.revision).toBe(20)
})

test('NUL in a text of the outside does not break an effect', async () => {
  await add('k\0', { kind: 'comment', repository: 'r', thread: 1, body: 'a\0b' })
  expect((await take()).effect).toMatchObject({ body: 'ab' })
})
