import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Client } from 'pg'
import type { WakeKind } from '#app/ports/workers.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { postgresWake, type WakeOptions } from './notify.ts'

let database: TestDatabase
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  database = await testDatabase({ role: 'stagewright_app' })
})

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

afterAll(() => database.drop())

async function open(options: Partial<WakeOptions> = {}) {
  const wake = await postgresWake({ url: database.url, db: database.db, ...options })
  opened.push(wake)
  const heard: WakeKind[] = []
  const forget = wake.on(kind => heard.push(kind))
  return { wake, heard, forget }
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const began = Date.now(); Date.now() - began < 10_000; ) {
    if (await isSo()) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error(`waited 10 s for ${what}`)
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

test('a hint wakes listeners here at once and those of another replica over the database', async () => {
  const here = await open()
  const there = await open()
  here.wake.hint('effects')
  expect(here.heard).toEqual(['effects'])
  await until(() => there.heard.length > 0, 'the other replica')
  expect(there.heard).toEqual(['effects'])
  expect(here.heard).toEqual(['effects'])
})

test('a burst is one notification of a kind in 50 ms, and the last hint is not lost', async () => {
  const sender = await open()
  const raw = new Client({ connectionString: database.url })
  await raw.connect()
  await raw.query('listen stagewright_work')
  const kinds: string[] = []
  raw.on('notification', message => kinds.push(message.payload?.split(' ')[0] ?? ''))
  const began = performance.now()
  while (performance.now() - began < 300) {
    sender.wake.hint('deliveries')
    await pause(1)
  }
  const periods = (performance.now() - began) / 50
  const before = kinds.length
  sender.wake.hint('deliveries')
  await until(() => kinds.length > before, 'the last hint')
  expect(kinds.length).toBeGreaterThan(2)
  expect(kinds.length).toBeLessThanOrEqual(periods + 2)
  expect(new Set(kinds)).toEqual(new Set(['deliveries']))
  sender.wake.hint('runs')
  await until(() => kinds.includes('runs'), 'another kind')
  await raw.end()
})

test('a listener that unsubscribed and one of a closed wake hear nothing', async () => {
  const here = await open()
  const gone = await open()
  const closed = await open()
  gone.forget()
  await closed.wake.close()
  here.wake.hint('runs')
  await pause(100)
  expect([gone.heard, closed.heard]).toEqual([[], []])
})

test('a listener whose session is ended comes back, wakes everything once, and hears again', async () => {
  const here = await open()
  const there = await open()
  const end = new Client({ connectionString: database.url })
  await end.connect()
  const { rowCount } = await end.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'stagewright listen'`
  )
  expect(rowCount).toBe(2)
  await end.end()
  await until(() => there.heard.length >= 3 && here.heard.length >= 3, 'both to come back')
  expect(there.heard).toEqual(['deliveries', 'effects', 'runs'])
  here.wake.hint('runs')
  await until(() => there.heard.length === 4, 'the hint after the reconnect')
  expect(there.heard.at(-1)).toBe('runs')
})

test('a connection that goes silent without an end is noticed and made anew', async () => {
  const { url, stall } = await stallingProxy(database.url)
  const there = await open({ url, checkMs: 50, answerMs: 300 })
  const here = await open()
  stall()
  await until(() => there.heard.length >= 3, 'the new session')
  here.wake.hint('effects')
  await until(() => there.heard.length >= 4, 'the hint on the new session')
  expect(there.heard.at(-1)).toBe('effects')
})

test('a database that is not there is DATABASE_UNREACHABLE', async () => {
  const wake = postgresWake({ url: 'postgres://nobody@127.0.0.1:1/none', db: database.db })
  await expect(wake).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
})

/** Passes bytes through; `stall` makes the connections open then fall silent without closing them. */
async function stallingProxy(target: string) {
  const to = new URL(target)
  const pairs: (readonly [Socket, Socket])[] = []
  const server = createServer(near => {
    const far = dial(Number(to.port), to.hostname)
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
    pairs.push([near, far])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  const proxy = {
    url: url.href,
    stall: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
        near.pause()
        far.pause()
      }
    },
    close: async () => {
      for (const sockets of pairs) for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
  opened.push(proxy)
  return proxy
}
