import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { LANES, type NewEffect } from '#app/core/effect.ts'
import type { Store } from '#app/ports/store.ts'
import type { WakeKind } from '#app/ports/workers.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import type { TestDatabase } from '#app/testing/database.ts'
import { connect } from './connection.ts'
import { postgresStore } from './store.ts'

let app: AppStore
let database: TestDatabase
let hints: WakeKind[]
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ database, hints, store } = app)
})

afterAll(() => app.drop())

const effect = (key: string): NewEffect => ({
  key,
  effect: { kind: 'sync-check-run', run: 'r' },
  lane: LANES.normal,
  run: null,
  correlationId: null
})

test('what a transaction made ready is hinted once a kind, and only after the commit', async () => {
  hints.length = 0
  await store.transaction(async ({ effects }) => {
    await effects.add(effect('h1'))
    await effects.add(effect('h2'))
    expect(hints).toEqual([])
  })
  expect(hints).toEqual(['effects'])
})

test('a transaction that throws leaves no row and no hint', async () => {
  hints.length = 0
  const failure = new Error('no')
  await expect(
    store.transaction(async ({ effects }) => {
      await effects.add(effect('gone'))
      throw failure
    })
  ).rejects.toBe(failure)
  expect(hints).toEqual([])
  expect(await database.db('effects').where({ key: 'gone' })).toEqual([])
})

test('two transactions that lock each other both end: the one that was refused is tried again', async () => {
  const names = ['left', 'right'] as const
  await store.transaction(async ({ workers }) => {
    for (const id of names) {
      await workers.register({ id, machine: 'm', role: 'all', pid: 1, version: '1' })
    }
  })
  let tries = 0
  let bothHold = 0
  const cross = (first: string, second: string): Promise<void> =>
    store.transaction(async ({ workers }) => {
      tries += 1
      await workers.heartbeat(first)
      bothHold += 1
      for (let waited = 0; bothHold < 2 && waited < 5000; waited += 1) {
        await new Promise(resolve => setTimeout(resolve, 2))
      }
      await workers.heartbeat(second)
    })
  await Promise.all([cross('left', 'right'), cross('right', 'left')])
  expect(tries).toBe(3)
})

test('contention is tried again three times and then passed on', async () => {
  let tries = 0
  const contention = Object.assign(new Error('serialize'), { code: '40001' })
  await expect(
    store.transaction(async () => {
      tries += 1
      throw contention
    })
  ).rejects.toBe(contention)
  expect(tries).toBe(4)
})

test('the message of a refused statement does not hold the values', async () => {
  const work = store.transaction(({ deliveries }) => deliveries.claim('canary', -1, 1))
  const message = await work.then(String, String)
  expect(message).toContain('LIMIT must not be negative')
  expect(message).not.toContain('canary')
})

test('a server that is not there is DATABASE_UNREACHABLE', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none')
  const work = postgresStore(nowhere).transaction(({ projects }) => projects.repositories())
  await expect(work).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await nowhere.destroy()
})

test('a connection that is lost in the middle is DATABASE_UNREACHABLE, and the next one works', async () => {
  const own = connect(database.url, { applicationName: 'to be ended' })
  const kill = (): Promise<unknown> =>
    database.db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be ended'`
    )
  const lost = postgresStore(own).transaction(async ({ projects }) => {
    await projects.repositories()
    await kill()
    await projects.repositories()
  })
  await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  expect(await postgresStore(own).transaction(({ projects }) => projects.repositories())).toEqual(
    []
  )
  await own.destroy()
})
