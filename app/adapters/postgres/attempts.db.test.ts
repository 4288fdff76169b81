import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RunnerReport } from '#app/core/attempt.ts'
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

const REPORT: RunnerReport = {
  outcome: 'finished',
  exitCode: 0,
  signal: null,
  message: null,
  report: '{"summary":"a\0b"}',
  lastLines: 'done\0',
  sessionId: null,
  sessionResumed: false,
  headSha: 'abc',
  bundle: null
}

async function stored(
  number = 1,
  machine = 'm1'
): Promise<{ readonly runId: string; readonly id: string }> {
  const runId = await storedRun(store)
  const id = `${runId}-a${number}`
  await store.transaction(({ attempts }) =>
    attempts.insert({ id, runId, number, executor: 'local', machine })
  )
  return { runId, id }
}

const load = (id: string) => store.transaction(({ attempts }) => attempts.load(id))
const change = (
  id: string,
  wish: Parameters<Parameters<Parameters<Store['transaction']>[0]>[0]['attempts']['change']>[1]
) => store.transaction(({ attempts }) => attempts.change(id, wish))

test('a new attempt has nothing but its place', async () => {
  const { runId, id } = await stored()
  expect(await load(id)).toEqual({
    id,
    runId,
    number: 1,
    executor: 'local',
    machine: 'm1',
    state: 'created',
    isolation: null,
    claimed: false,
    heartbeatAgeSeconds: null,
    ageSeconds: expect.any(Number),
    stopReason: null,
    stoppingSeconds: null,
    end: null,
    message: null,
    report: null,
    hasBundle: false,
    cleaned: false,
    startedAt: expect.any(String),
    endedAt: null
  })
  expect(await load('unknown')).toBeNull()
})

test('what happens to an attempt is written field by field', async () => {
  const { id } = await stored()
  await change(id, { state: 'started', isolation: 'uid', claimed: true, heartbeat: true })
  expect(await load(id)).toMatchObject({
    state: 'started',
    isolation: 'uid',
    claimed: true,
    endedAt: null
  })
  expect((await load(id))?.heartbeatAgeSeconds).toBeLessThan(5)
  await app.database
    .db('run_attempts')
    .where({ id })
    .update({ heartbeat_at: new Date(Date.now() - 60_000) })
  expect((await load(id))?.heartbeatAgeSeconds).toBeGreaterThan(55)
  await change(id, { state: 'ended', end: 'failed', message: 'no', report: REPORT, cleaned: true })
  const ended = await load(id)
  expect(ended).toMatchObject({ state: 'ended', end: 'failed', message: 'no', cleaned: true })
  expect(ended?.endedAt).not.toBeNull()
  expect(ended?.report).toEqual({ ...REPORT, report: '{"summary":"ab"}', lastLines: 'done' })
  await change(id, {})
  await expect(change('unknown', { claimed: true })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('the time since the first wish to stop is told', async () => {
  const { id } = await stored()
  await change(id, { stopReason: 'canceled' })
  await app.database
    .db('run_attempts')
    .where({ id })
    .update({ stop_asked_at: new Date(Date.now() - 60_000) })
  await change(id, { stopReason: 'deadline' })
  const attempt = await load(id)
  expect(attempt?.stopReason).toBe('deadline')
  expect(attempt?.stoppingSeconds).toBeGreaterThan(55)
})

test('a token speaks for its attempt until it is replaced, revoked or too old', async () => {
  const { id } = await stored()
  const hash = (token: string): Buffer => createHash('sha256').update(token).digest()
  const owner = async (token: string) =>
    (await store.transaction(({ attempts }) => attempts.byToken(hash(token))))?.id ?? null
  const mint = (token: string, life: number) =>
    store.transaction(({ attempts }) => attempts.setToken(id, hash(token), life))
  await mint('one', 60)
  expect(await owner('one')).toBe(id)
  await mint('two', 60)
  expect([await owner('one'), await owner('two')]).toEqual([null, id])
  await change(id, { revokeToken: true })
  expect(await owner('two')).toBeNull()
  await mint('old', 0)
  expect(await owner('old')).toBeNull()
})

test('attempts of a run come in order, and those without need of their place are found by machine', async () => {
  const { runId, id } = await stored()
  const second = `${runId}-a2`
  await store.transaction(({ attempts }) =>
    attempts.insert({ id: second, runId, number: 2, executor: 'local', machine: 'm2' })
  )
  const lists = store.transaction(async ({ attemptLists }) => attemptLists.of(runId))
  expect((await lists).map(attempt => attempt.id)).toEqual([id, second])
  const uncleaned = async (machine: string): Promise<readonly string[]> =>
    (await store.transaction(({ attemptLists }) => attemptLists.uncleaned(machine)))
      .filter(attempt => attempt.runId === runId)
      .map(attempt => attempt.id)
  expect(await uncleaned('m1')).toEqual([])
  await change(id, { state: 'ended' })
  expect([await uncleaned('m1'), await uncleaned('m2')]).toEqual([[id], []])
  await change(id, { cleaned: true })
  await store.transaction(({ runs }) => runs.change(runId, null, { state: 'canceled' }))
  expect([await uncleaned('m1'), await uncleaned('m2')]).toEqual([[], [second]])
})

test('a bundle is kept byte by byte until it is dropped', async () => {
  const { id } = await stored()
  const data = Buffer.from([0, 1, 2, 255])
  const bundle = () => store.transaction(({ attemptLists }) => attemptLists.bundle(id))
  expect(await bundle()).toBeNull()
  await store.transaction(({ attemptLists }) => attemptLists.putBundle(id, 'sum', data))
  expect(await bundle()).toEqual({ sha256: 'sum', data })
  expect(await load(id)).toMatchObject({ hasBundle: true })
  await change(id, { dropBundle: true })
  expect(await bundle()).toBeNull()
  expect(await load(id)).toMatchObject({ hasBundle: false })
})
