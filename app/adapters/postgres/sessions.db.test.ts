import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Sessions } from '#app/ports/run-output.ts'
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

function call<T>(work: (sessions: Sessions) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.sessions))
}

test('a run has one snapshot, and saving replaces it', async () => {
  const runId = await storedRun(store)
  expect(await call(sessions => sessions.load(runId))).toBeNull()
  expect(await call(sessions => sessions.describe(runId))).toBeNull()
  const first = { runId, agent: 'command', sessionId: 's1', data: Buffer.from([0, 1, 2]) }
  await call(sessions => sessions.save(first))
  expect(await call(sessions => sessions.load(runId))).toEqual(first)
  const second = { runId, agent: 'codex', sessionId: null, data: Buffer.alloc(70_000, 7) }
  await call(sessions => sessions.save(second))
  expect(await call(sessions => sessions.load(runId))).toEqual(second)
  expect(await call(sessions => sessions.describe(runId))).toEqual({
    runId,
    agent: 'codex',
    sessionId: null,
    bytes: 70_000
  })
  const rows = await app.database
    .db('sessions')
    .where({ run_id: runId })
    .select('sha256', 'issue_number')
  expect(rows).toEqual([
    {
      sha256: createHash('sha256').update(second.data).digest('hex'),
      issue_number: expect.any(Number)
    }
  ])
})

test('the newest session of an issue’s stage and agent is found, whatever became of its run', async () => {
  const [first = '', second = '', other = ''] = await Promise.all([
    storedRun(store, { issueNumber: 901 }),
    storedRun(store, { issueNumber: 902 }),
    storedRun(store, { issueNumber: 903 })
  ])
  const issueOf = (run: string, issue: number) =>
    app.database.db('runs').where({ id: run }).update({ issue_number: issue })
  await call(async ({ save }) => {
    for (const runId of [first, second, other])
      await save({ runId, agent: 'command', sessionId: `of ${runId}`, data: Buffer.alloc(3) })
  })
  await store.transaction(async ({ runs }) => {
    for (const id of [first, second]) await runs.change(id, null, { state: 'canceled' })
  })
  await issueOf(second, 901)
  await app.database
    .db('sessions')
    .where({ run_id: first })
    .update({ saved_at: new Date(0) })
  const [run] = await store.transaction(async ({ runs }) => [await runs.load(first)])
  const of = {
    repositoryId: run?.repositoryId ?? '',
    issue: 901,
    stage: 'dev',
    agent: 'command'
  } as const
  const newest = (change: Partial<Parameters<Sessions['newest']>[0]> = {}) =>
    call(sessions => sessions.newest({ ...of, ...change }))
  expect(await newest()).toEqual({
    runId: second,
    agent: 'command',
    sessionId: `of ${second}`,
    bytes: 3
  })
  expect((await newest({ issue: 903 }))?.runId).toBe(other)
  expect(await newest({ agent: 'codex' })).toBeNull()
  expect(await newest({ stage: 'plan' })).toBeNull()
  expect(await newest({ issue: 902 })).toBeNull()
})

test('the session of a run that is not there is refused', async () => {
  const orphan = { runId: 'unknown', agent: 'command', sessionId: null, data: Buffer.alloc(1) }
  await expect(call(sessions => sessions.save(orphan))).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND'
  })
})
