import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { FINAL_STATES, RUN_STATES } from '#app/core/run.ts'
import type { RunChange, Runs } from '#app/ports/runs.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import type { TestDatabase } from '#app/testing/database.ts'
import { newRun, REPOSITORY, storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
let database: TestDatabase
let store: Store
let repositoryId: string

beforeAll(async () => {
  app = await appStore()
  ;({ database, store } = app)
  repositoryId = (await store.transaction(({ projects }) => projects.repository(REPOSITORY))).id
})

beforeEach(async () => {
  await database.db.raw('truncate runs cascade')
})

afterAll(() => app.drop())

function call<T>(work: (runs: Runs) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.runs))
}

const change = (id: string, fence: number | null, wish: RunChange) =>
  call(runs => runs.change(id, fence, wish))

async function claimed(
  worker = 'w',
  leaseSeconds = 60
): Promise<readonly [id: string, fence: number]> {
  const [run] = await call(runs => runs.claim(worker, { count: 1, leaseSeconds, totalLimit: 100 }))
  if (run === undefined) throw new Error('there was nothing to claim')
  return [run.id, run.fence]
}

test('a new run is read back as it was written, with its defaults', async () => {
  const wish = newRun({ repositoryId, triggerLabel: null, pullRequest: 7 })
  expect(await call(runs => runs.insert(wish))).toBe('created')
  expect(await call(runs => runs.load(wish.id))).toEqual({
    ...wish,
    nextRevise: [],
    state: 'pending',
    phase: 'created',
    attempt: 0,
    retries: 0,
    heldSeconds: 0,
    fence: 0,
    leaseExpired: true,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    ...Object.fromEntries(
      [
        'reason detail cancelBy cancelReason baseRef baseSha anchorSha headSha prompt result',
        'leaseOwner deadlineAt statusCommentId checkRunId checkRunSha startedAt finishedAt'
      ].flatMap(line => line.split(' ').map(key => [key, null]))
    )
  })
  expect(await call(runs => runs.load('unknown'))).toBeNull()
})

test.each(RUN_STATES)(
  'beside a run that is %s, a second of its issue is refused only while it is active',
  async state => {
    const first = await storedRun(store, { issueNumber: 5 })
    await change(first, null, { state, reason: 'agent_failed' })
    const second = newRun({ repositoryId, issueNumber: 5 })
    const isFinal = FINAL_STATES.some(known => known === state)
    expect(await call(runs => runs.insert(second))).toBe(isFinal ? 'created' : 'active')
  }
)

test('a trigger that is known is a duplicate, also after its run ended and under another issue', async () => {
  const first = await storedRun(store, { triggerKey: 'comment-1#0' })
  await change(first, null, { state: 'succeeded' })
  const again = newRun({ repositoryId, triggerKey: 'comment-1#0' })
  expect(await call(runs => runs.insert(again))).toBe('duplicate')
})

test('of 20 triggers of one issue at the same moment one makes a run, and no transaction breaks', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      store.transaction(async ({ runs, workers }) => {
        const outcome = await runs.insert(
          newRun({ repositoryId, issueNumber: 9, triggerKey: `t${n % 10}` })
        )
        await workers.heartbeat('nobody')
        return outcome
      })
    )
  )
  expect(outcomes.filter(outcome => outcome === 'created')).toHaveLength(1)
  expect(new Set(outcomes)).toEqual(new Set(['created', 'active', 'duplicate']))
  expect(await database.db('runs').select('issue_number')).toEqual([{ issue_number: 9 }])
})

test('every field a use case may change is written, and NUL in it is dropped', async () => {
  const id = await storedRun(store)
  const wish = {
    phase: 'checking',
    reason: 'agent_failed',
    detail: 'a\0b',
    cancelBy: 'ada',
    cancelReason: 'enough',
    baseRef: 'refs/heads/main',
    baseSha: 'b',
    anchorSha: 'a',
    headSha: 'h',
    pullRequest: 3,
    prompt: 'do',
    attempt: 2,
    result: {
      summary: 'x\0y',
      artefacts: [],
      decisions: [],
      questions: [],
      risks: [],
      follow_ups: [],
      checks: []
    },
    nextRevise: [],
    statusCommentId: 9_007_199_254_740_991,
    checkRunId: 2,
    checkRunSha: 's'
  } as const satisfies RunChange
  const changed = await change(id, null, { ...wish, promptSource: { template: 'dev' } })
  const expected = { ...wish, detail: 'ab', result: { ...wish.result, summary: 'xy' } }
  expect(changed).toMatchObject(expected)
  expect(await call(runs => runs.load(id))).toMatchObject(expected)
  expect(await database.db('runs').where({ id }).first('prompt_source')).toEqual({
    prompt_source: { template: 'dev' }
  })
  expect(await change(id, null, { result: null, detail: null })).toMatchObject({
    result: null,
    detail: null
  })
})

test('a takeover raises the fence, and whoever holds the old one can write no more', async () => {
  await storedRun(store)
  const [id, fence] = await claimed('w1', 0)
  const [again, newer] = await claimed('w2')
  expect([again, newer]).toEqual([id, fence + 1])
  await expect(change(id, fence, { phase: 'agent' })).rejects.toMatchObject({ code: 'FENCED' })
  await expect(change(id, fence, {})).rejects.toMatchObject({ code: 'FENCED' })
  expect(await change(id, newer, { phase: 'agent' })).toMatchObject({
    phase: 'agent',
    leaseOwner: 'w2'
  })
  expect(await change(id, null, { cancelBy: 'ada' })).toMatchObject({
    cancelBy: 'ada',
    phase: 'agent'
  })
  await expect(change('unknown', 1, { phase: 'agent' })).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND'
  })
})

test('a final state sets the end and frees the lease, and the end does not move', async () => {
  await storedRun(store)
  const [id, fence] = await claimed()
  const ended = await change(id, fence, { state: 'succeeded', phase: 'publishing' })
  expect(ended).toMatchObject({
    state: 'succeeded',
    phase: 'finished',
    leaseOwner: null,
    leaseExpired: true
  })
  expect(ended.finishedAt).not.toBeNull()
  const later = await change(id, fence, { state: 'failed', reason: 'publish_failed' })
  expect(later.finishedAt).toBe(ended.finishedAt)
})

test('an ended run opens again for another attempt, unless its issue has an active run', async () => {
  const first = await storedRun(store, { issueNumber: 1 })
  await change(first, null, { state: 'failed', reason: 'agent_failed' })
  expect(await change(first, null, { state: 'pending', phase: 'created' })).toMatchObject({
    state: 'pending',
    phase: 'created',
    finishedAt: null
  })
  await change(first, null, { state: 'canceled' })
  await storedRun(store, { issueNumber: 1 })
  const [code, alive] = await store.transaction(async ({ runs }) => {
    const refused = await runs.change(first, null, { state: 'pending' }).catch(error => error.code)
    return [refused, await runs.load(first)]
  })
  expect(code).toBe('CONFLICT')
  expect(alive).toMatchObject({ state: 'canceled' })
})

test('a deadline starts the run once and is moved by a second one', async () => {
  const id = await storedRun(store)
  const first = await change(id, null, { deadlineInSeconds: 60 })
  const second = await change(id, null, { deadlineInSeconds: 600 })
  expect(second.startedAt).toBe(first.startedAt)
  const moved = Date.parse(second.deadlineAt ?? '') - Date.parse(first.deadlineAt ?? '')
  expect(moved).toBeGreaterThanOrEqual(540_000)
  expect(moved).toBeLessThan(560_000)
})

test('a lease is renewed for all runs of a worker and no other', async () => {
  await storedRun(store)
  await storedRun(store)
  const mine = await claimed('w1', 0)
  expect(await call(runs => runs.load(mine[0]))).toMatchObject({
    leaseOwner: 'w1',
    leaseExpired: true
  })
  expect(await call(runs => runs.renew('w1', 60))).toEqual([{ id: mine[0], fence: mine[1] }])
  expect(await call(runs => runs.load(mine[0]))).toMatchObject({ leaseExpired: false })
  const other = await claimed('w2')
  expect(other[0]).not.toBe(mine[0])
  expect(await call(runs => runs.renew('w2', 60))).toEqual([{ id: other[0], fence: other[1] }])
})

test('a loaded run is locked until the transaction ends, and its events can still be written', async () => {
  const id = await storedRun(store)
  await store.transaction(async ({ runs }) => {
    await runs.load(id, 'lock')
    const row = database.db('runs').where({ id })
    await expect(row.clone().forUpdate().noWait()).rejects.toMatchObject({ code: '55P03' })
    await database
      .db('log_chunks')
      .insert({ run_id: id, attempt: 1, seq: 1, at: new Date(), text: '' })
  })
  expect(await database.db('runs').where({ id }).forUpdate().noWait()).toHaveLength(1)
})
