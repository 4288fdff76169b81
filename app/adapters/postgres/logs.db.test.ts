import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Logs } from '#app/ports/run-output.ts'
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

function call<T>(work: (logs: Logs) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.logs))
}

const put = (runId: string, seq: number, text = `line ${seq}\n`) =>
  call(logs => logs.put(runId, 1, { seq, at: '2026-01-02T03:04:05.678Z', text }))
const tail = (runId: string, lines: number) => call(logs => logs.tail(runId, 1, lines))

test('chunks are taken in order; a repeat is known and a gap is told', async () => {
  const id = await storedRun(store)
  expect(await call(logs => logs.next(id, 1))).toBe(1)
  expect(await put(id, 2)).toEqual({ outcome: 'gap', next: 1 })
  expect(await put(id, 1)).toEqual({ outcome: 'stored', next: 2 })
  expect(await put(id, 2, 'a\0b\n')).toEqual({ outcome: 'stored', next: 3 })
  expect(await put(id, 1, 'another text')).toEqual({ outcome: 'known', next: 3 })
  expect(await put(id, 9)).toEqual({ outcome: 'gap', next: 3 })
  expect(await call(logs => logs.next(id, 1))).toBe(3)
  expect(await call(logs => logs.next(id, 2))).toBe(1)
  expect(await call(logs => logs.read(id, 1, 0, 10))).toEqual([
    { seq: 1, at: '2026-01-02T03:04:05.678Z', text: 'line 1\n' },
    { seq: 2, at: '2026-01-02T03:04:05.678Z', text: 'ab\n' }
  ])
  expect(await call(logs => logs.read(id, 1, 1, 1))).toMatchObject([{ seq: 2 }])
})

test('the same chunk sent twice at the same moment is stored once', async () => {
  const id = await storedRun(store)
  const answers = await Promise.all(Array.from({ length: 10 }, () => put(id, 1)))
  expect(answers.filter(answer => answer.outcome === 'stored')).toHaveLength(1)
  expect(answers.every(answer => answer.next === 2)).toBe(true)
})

test.each([
  ['no chunk', [], 3, ''],
  ['fewer lines than asked for', ['a\nb\n'], 3, 'a\nb'],
  ['lines over several chunks', ['a\nb', 'c\nd\n', 'e'], 3, 'bc\nd\ne'],
  ['an empty last line', ['a\n\n'], 2, 'a\n'],
  ['no line', ['a\n'], 0, '']
] as const)('the tail of %s', async (_what, chunks, lines, text) => {
  const id = await storedRun(store)
  for (const [index, chunk] of chunks.entries()) await put(id, index + 1, chunk)
  expect(await tail(id, lines)).toBe(text)
})

test('the tail of a long log is found over many pages', async () => {
  const id = await storedRun(store)
  await app.database.db('log_chunks').insert(
    Array.from({ length: 300 }, (_, n) => ({
      run_id: id,
      attempt: 1,
      seq: n + 1,
      at: new Date(),
      text: `${n + 1}\n`
    }))
  )
  expect(await tail(id, 2)).toBe('299\n300')
  expect((await tail(id, 100)).split('\n')).toEqual(
    Array.from({ length: 100 }, (_, n) => `${n + 201}`)
  )
  expect((await tail(id, 1000)).split('\n')).toHaveLength(300)
})
