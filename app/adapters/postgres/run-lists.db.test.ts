import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { StageResult } from '#app/core/result.ts'
import type { Run } from '#app/core/run.ts'
import type { RunLists } from '#app/ports/runs.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { REPOSITORY, storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
let store: Store
let repositoryId: string

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
  repositoryId = (await store.transaction(({ projects }) => projects.repository(REPOSITORY))).id
})

beforeEach(async () => {
  await app.database.db.raw('truncate runs cascade')
})

afterAll(() => app.drop())

function call<T>(work: (lists: RunLists) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.runLists))
}

const ids = (runs: readonly Run[]): readonly string[] => runs.map(run => run.id)
const end = (id: string) =>
  store.transaction(({ runs }) => runs.change(id, null, { state: 'succeeded' }))

test('the active run of an issue is found while it is active, the latest one also later', async () => {
  const first = await storedRun(store, { issueNumber: 3, pullRequest: 8 })
  const active = async () => (await call(lists => lists.active(repositoryId, 3)))?.id ?? null
  const latest = async () => (await call(lists => lists.latest(repositoryId, { issue: 3 })))?.id
  expect(await active()).toBe(first)
  await end(first)
  expect([await active(), await latest()]).toEqual([null, first])
  const second = await storedRun(store, { issueNumber: 3 })
  expect([await active(), await latest()]).toEqual([second, second])
  const ofPull = await call(lists => lists.latest(repositoryId, { pullRequest: 8 }))
  expect(ofPull?.id).toBe(first)
  expect(await call(lists => lists.latest(repositoryId, { issue: 99 }))).toBeNull()
})

test('the last result of an issue is that of its newest run that succeeded, by stage and kind', async () => {
  const last = async (by: { readonly stage?: 'dev' | 'plan'; readonly kind?: 'work' | 'revise' }) =>
    (await call(lists => lists.lastResult(repositoryId, { issue: 5, ...by })))?.id ?? null
  const result = StageResult.parse({ summary: 'Done.' })
  const stored = async (kind: 'work' | 'revise', state: 'succeeded' | 'canceled') => {
    const id = await storedRun(store, { issueNumber: 5, kind })
    expect(await last({ kind })).not.toBe(id)
    const change = state === 'succeeded' ? { state, result } : { state }
    await store.transaction(({ runs }) => runs.change(id, null, change))
    return id
  }
  expect(await last({})).toBeNull()
  const work = await stored('work', 'succeeded')
  await stored('revise', 'canceled')
  expect([await last({}), await last({ kind: 'revise' })]).toEqual([work, null])
  const revise = await stored('revise', 'succeeded')
  expect([await last({}), await last({ kind: 'work' })]).toEqual([revise, work])
  expect([await last({ stage: 'dev' }), await last({ stage: 'plan' })]).toEqual([revise, null])
})

test('runs are listed newest first, page by page, also those of one moment', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await storedRun(store, { id })
  await app.database
    .db('runs')
    .whereIn('id', ['b', 'c', 'd'])
    .update({ created_at: new Date(0) })
  const pages: (readonly string[])[] = []
  for (let before: string | undefined; pages.length < 4; before = pages.at(-1)?.at(-1)) {
    pages.push(
      ids(
        await call(lists => lists.list({ limit: 2, ...(before === undefined ? {} : { before }) }))
      )
    )
  }
  expect(pages).toEqual([['e', 'a'], ['d', 'c'], ['b'], []])
})

test('a list of states leaves the others out', async () => {
  await storedRun(store, { id: 'open' })
  await end(await storedRun(store, { id: 'ended' }))
  expect(ids(await call(lists => lists.list({ states: ['pending', 'failed'], limit: 5 })))).toEqual(
    ['open']
  )
  expect(ids(await call(lists => lists.list({ states: [], limit: 5 })))).toEqual([])
})

test('pages of several states are the pages of all runs without the others', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await storedRun(store, { id })
  await end('b')
  await app.database.db('runs').where({ id: 'd' }).update({ state: 'waiting_mcp' })
  const page = async (before?: string): Promise<readonly string[]> =>
    ids(
      await call(lists =>
        lists.list({
          states: ['waiting_mcp', 'pending', 'pending'],
          limit: 3,
          ...(before === undefined ? {} : { before })
        })
      )
    )
  expect(await page()).toEqual(['e', 'd', 'c'])
  expect(await page('c')).toEqual(['a'])
})

test('runs that have not ended are counted by state and stage', async () => {
  await storedRun(store)
  await storedRun(store)
  await end(await storedRun(store))
  expect(await call(lists => lists.counts())).toEqual([
    { state: 'pending', stage: 'dev', count: 2 }
  ])
})
