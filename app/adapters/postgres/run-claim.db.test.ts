import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Run } from '#app/core/run.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import type { TestDatabase } from '#app/testing/database.ts'
import { REPOSITORY, storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
let database: TestDatabase
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ database, store } = app)
  await store.transaction(({ projects }) => projects.repository(REPOSITORY))
})

beforeEach(async () => {
  await database.db.raw('truncate runs cascade')
  await database.db('projects').whereNot({ id: 'default' }).delete()
})

afterAll(() => app.drop())

async function project(id: string, limit: number): Promise<void> {
  await database.db('projects').insert({ id, key: id, name: id, max_parallel_runs: limit })
}

function claim(
  worker: string,
  { count = 10, leaseSeconds = 60, totalLimit = 100 } = {}
): Promise<readonly Run[]> {
  return store.transaction(({ runs }) => runs.claim(worker, { count, leaseSeconds, totalLimit }))
}

const ids = (runs: readonly Run[]): readonly string[] => runs.map(run => run.id)

test('a pending run becomes running under a lease with a raised fence, and is due at once', async () => {
  const id = await storedRun(store)
  const [run] = await claim('w1')
  expect(run).toMatchObject({
    id,
    state: 'running',
    leaseOwner: 'w1',
    leaseExpired: false,
    fence: 1
  })
  expect(await claim('w2')).toEqual([])
  const due = (worker: string) => store.transaction(({ runLists }) => runLists.due(worker, 10))
  expect(ids(await due('w1'))).toEqual([id])
  expect(await due('w2')).toEqual([])
  await store.transaction(({ runs }) => runs.change(id, 1, { nextCheckInSeconds: 60 }))
  expect(await due('w1')).toEqual([])
})

test('the oldest comes first, and projects with fewer running runs before others', async () => {
  await project('busy', 10)
  await project('quiet', 10)
  for (const id of ['b1', 'b2', 'b3']) await storedRun(store, { id, projectId: 'busy' })
  for (const id of ['q1', 'q2']) await storedRun(store, { id, projectId: 'quiet' })
  expect(ids(await claim('w', { count: 1 }))).toEqual(['b1'])
  expect(ids(await claim('w', { count: 1 }))).toEqual(['q1'])
  expect(ids(await claim('w', { count: 1 }))).toEqual(['b2'])
  expect(ids(await claim('w', { count: 2 }))).toEqual(['b3', 'q2'])
})

test('one claim of many takes turns between projects too', async () => {
  await project('busy', 10)
  await project('quiet', 10)
  for (const id of ['b1', 'b2', 'b3', 'b4']) await storedRun(store, { id, projectId: 'busy' })
  for (const id of ['q1', 'q2']) await storedRun(store, { id, projectId: 'quiet' })
  expect(ids(await claim('w', { count: 4 })).toSorted()).toEqual(['b1', 'b2', 'q1', 'q2'])
})

test('a project at its limit is passed over, and its older runs do not hold others back', async () => {
  await project('full', 1)
  await project('free', 2)
  for (const id of ['f1', 'f2']) await storedRun(store, { id, projectId: 'full' })
  for (const id of ['g1', 'g2', 'g3']) await storedRun(store, { id, projectId: 'free' })
  expect(ids(await claim('w'))).toEqual(['f1', 'g1', 'g2'])
  expect(await claim('w')).toEqual([])
  await store.transaction(({ runs }) => runs.change('f1', null, { state: 'succeeded' }))
  expect(ids(await claim('w'))).toEqual(['f2'])
})

test('the total limit counts the runs of all workers', async () => {
  for (let n = 0; n < 4; n += 1) await storedRun(store)
  expect(await claim('w1', { totalLimit: 3, count: 2 })).toHaveLength(2)
  expect(await claim('w2', { totalLimit: 3 })).toHaveLength(1)
  expect(await claim('w3', { totalLimit: 3 })).toEqual([])
})

test('a run whose lease ran out is taken over by any worker, also at the limit', async () => {
  const id = await storedRun(store)
  await claim('w1', { leaseSeconds: 0 })
  const [run] = await claim('w2', { totalLimit: 1 })
  expect(run).toMatchObject({ id, leaseOwner: 'w2', fence: 2, state: 'running' })
})

test('a takeover uses up the room of one claim', async () => {
  await storedRun(store, { id: 'old' })
  await claim('w1', { leaseSeconds: 0 })
  await storedRun(store, { id: 'new' })
  expect(ids(await claim('w2', { count: 1 }))).toEqual(['old'])
  expect(ids(await claim('w2', { count: 1 }))).toEqual(['new'])
})

test('a pending run that is put off is not claimable before its time', async () => {
  const id = await storedRun(store)
  await store.transaction(({ runs }) => runs.change(id, null, { nextCheckInSeconds: 60 }))
  expect(await claim('w')).toEqual([])
  await store.transaction(({ runs }) => runs.change(id, null, { state: 'pending' }))
  expect(ids(await claim('w'))).toEqual([id])
})

test('a run that somebody is changing is passed over, not waited for', async () => {
  await storedRun(store, { id: 'locked' })
  await storedRun(store, { id: 'free' })
  await store.transaction(async ({ runs }) => {
    await runs.load('locked', 'lock')
    expect(ids(await claim('w'))).toEqual(['free'])
  })
  expect(ids(await claim('w'))).toEqual(['locked'])
})

test('three workers that race never take a run twice and never pass a limit', async () => {
  await project('one', 1)
  await project('two', 2)
  await project('many', 50)
  for (let n = 0; n < 8; n += 1) {
    for (const projectId of ['one', 'two', 'many']) await storedRun(store, { projectId })
  }
  const limits: Readonly<Record<string, number>> = { one: 1, two: 2, many: 50 }
  const running = new Map<string, Run>()
  const taken: string[] = []
  const worker = async (name: string): Promise<void> => {
    while (taken.length < 24) {
      const claimed = await claim(name, { count: 2, totalLimit: 4 })
      for (const run of claimed) {
        expect(run.fence).toBe(1)
        running.set(run.id, run)
        taken.push(run.id)
      }
      expect(running.size).toBeLessThanOrEqual(4)
      for (const [projectId, limit] of Object.entries(limits)) {
        const busy = [...running.values()].filter(run => run.projectId === projectId)
        expect(busy.length).toBeLessThanOrEqual(limit)
      }
      for (const run of claimed) {
        running.delete(run.id)
        await store.transaction(({ runs }) =>
          runs.change(run.id, run.fence, { state: 'succeeded' })
        )
      }
    }
  }
  await Promise.all(['w1', 'w2', 'w3'].map(worker))
  expect(new Set(taken).size).toBe(24)
  expect(taken).toHaveLength(24)
})

test('a claim waits for one that is not committed, so that both together keep the limit', async () => {
  await project('late', 4)
  await storedRun(store)
  await storedRun(store)
  let second: Promise<readonly Run[]> = Promise.resolve([])
  await store.transaction(async ({ runs }) => {
    const options = { count: 2, leaseSeconds: 60, totalLimit: 2 }
    expect(await runs.claim('w1', options)).toHaveLength(2)
    // Of a project without any running run, so it would come first for who does not see the two.
    await storedRun(store, { projectId: 'late' })
    second = claim('w2', { totalLimit: 2 })
    await new Promise(resolve => setTimeout(resolve, 100))
  })
  expect(await second).toEqual([])
})

test('twelve claims at the same moment fill the limit exactly', async () => {
  for (let n = 0; n < 12; n += 1) await storedRun(store)
  await project('other', 4)
  for (let n = 0; n < 12; n += 1) await storedRun(store, { projectId: 'other' })
  const claims = await Promise.all(
    Array.from({ length: 12 }, (_, n) => claim(`w${n}`, { count: 3, totalLimit: 7 }))
  )
  expect(claims.flat()).toHaveLength(7)
  expect(new Set(ids(claims.flat())).size).toBe(7)
  expect(claims.flat().filter(run => run.projectId === 'default').length).toBeLessThanOrEqual(4)
})
