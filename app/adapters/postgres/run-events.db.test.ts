import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
})

afterAll(() => app.drop())

const list = (runId: string, after = 0, limit = 100) =>
  store.transaction(({ runEvents }) => runEvents.list(runId, after, limit))
const add = (runId: string, type: string) =>
  store.transaction(({ runEvents }) => runEvents.add(runId, type, { text: 'a\0b' }))
const fromRunner = (runId: string, attempt: number, numbers: readonly number[]) =>
  store.transaction(({ runEvents }) =>
    runEvents.addFromRunner(
      runId,
      attempt,
      numbers.map(seq => ({
        seq,
        type: 'agent.message',
        at: '2026-01-02T03:04:05.678Z',
        data: { number: seq, text: 'x\0' }
      }))
    )
  )

test('our events and the runner’s share one numbering, and the runner keeps its times', async () => {
  const id = await storedRun(store)
  await add(id, 'run.created')
  expect(await fromRunner(id, 1, [1, 2])).toBe(3)
  await add(id, 'run.ended')
  const events = await list(id)
  expect(events.map(event => [event.seq, event.type, event.attempt])).toEqual([
    [1, 'run.created', null],
    [2, 'agent.message', 1],
    [3, 'agent.message', 1],
    [4, 'run.ended', null]
  ])
  expect(events[1]).toMatchObject({
    at: '2026-01-02T03:04:05.678Z',
    data: { number: 1, text: 'x' }
  })
  expect((await list(id, 1, 2)).map(event => event.seq)).toEqual([2, 3])
})

test.each([
  ['nothing new', [], 3, 2],
  ['all known', [1, 2], 3, 2],
  ['some known, out of order', [4, 2, 3], 5, 4],
  ['one twice', [3, 3], 4, 3],
  ['a gap: what follows it is not taken', [3, 5], 4, 3]
] as const)(
  'a runner that sends %s hears the next number',
  async (_what, numbers, next, stored) => {
    const id = await storedRun(store)
    await fromRunner(id, 1, [1, 2])
    expect(await fromRunner(id, 1, numbers)).toBe(next)
    expect((await list(id)).map(event => event.data.number)).toEqual(
      Array.from({ length: stored }, (_, n) => n + 1)
    )
  }
)

test('every attempt counts its own events', async () => {
  const id = await storedRun(store)
  await fromRunner(id, 1, [1, 2])
  expect(await fromRunner(id, 2, [1])).toBe(2)
  expect((await list(id)).map(event => [event.seq, event.attempt])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2]
  ])
})

test('events added at the same moment get numbers without gap or double', async () => {
  const id = await storedRun(store)
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 ? add(id, 'x') : fromRunner(id, n + 1, [1])))
  )
  expect((await list(id)).map(event => event.seq)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1)
  )
})

test('an event of a run that is not there is refused', async () => {
  await expect(add('unknown', 'x')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
})
