import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { until } from '#app/testing/running.ts'
import { AppClient } from './app-client.ts'
import { LauncherDoor } from './launcher-door.ts'
import { LogSpool } from './log-spool.ts'

let folder: string
let door: LauncherDoor
let client: AppClient
let log: LogSpool
/** What the app has been asked and not answered yet. */
let asked: { readonly request: IncomingMessage; readonly response: ServerResponse }[]
const app = createServer((request, response) => void asked.push({ request, response }))

beforeEach(async () => {
  asked = []
  folder = mkdtempSync(join(tmpdir(), 'door-'))
  await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve))
  const { port } = app.address() as AddressInfo
  const giveUpAt = Date.now() + 20_000
  client = new AppClient({ appUrl: `http://127.0.0.1:${port}`, token: 'token', giveUpAt })
  log = new LogSpool({
    file: join(folder, 'log'),
    capBytes: 1000,
    first: async () => 1,
    send: async chunk => chunk.seq + 1
  })
  const owner = {
    client,
    log,
    folder,
    job: new Promise<never>(() => undefined),
    order: { order: 'continue', reason: null } as const,
    handOver: { session: null, bundle: null },
    hear: () => undefined,
    accept: () => undefined
  }
  door = new LauncherDoor(owner, join(folder, 'socket'))
  await door.open()
})
afterEach(async () => {
  client.close()
  log.dispose()
  await door.close()
  await new Promise<void>(resolve => {
    app.close(() => resolve())
    app.closeAllConnections()
  })
  rmSync(folder, { recursive: true })
})

function ask(path: string): { answer: Promise<IncomingMessage>; cancel: () => void } {
  const sent = request({ socketPath: join(folder, 'socket'), path, agent: false })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end()
  })
  answer.catch(() => undefined)
  return { answer, cancel: () => sent.destroy() }
}

test('one reader of the session streams from the app; a second one is told to wait', async () => {
  const first = ask('/session')
  await until('the app to be asked', () => asked.length === 1)
  expect((await ask('/session').answer).statusCode).toBe(429)
  asked[0]?.response.writeHead(503).end()
  await until('the app to be asked again', () => asked.length === 2)
  expect(asked[1]?.request.headers.authorization).toBe('Bearer token')
  asked[1]?.response.writeHead(200).write('first part, ')
  const answer = await first.answer
  expect(answer.statusCode).toBe(200)
  asked[1]?.response.end('second part')
  expect(await text(answer)).toBe('first part, second part')
  const next = ask('/session')
  await until('the app to be asked for the next one', () => asked.length === 3)
  asked[2]?.response.writeHead(204).end()
  expect((await next.answer).statusCode).toBe(204)
})

test('a reader that goes away makes room for the next one', async () => {
  const first = ask('/session')
  await until('the app to be asked', () => asked.length === 1)
  first.cancel()
  await until('the app’s answer to be let go', () => asked[0]?.request.destroyed === true)
  ask('/session')
  await until('the app to be asked again', () => asked.length === 2)
})

test('at most 16 model calls are under way, and orders still come through', async () => {
  const path = '/model/openai/v1/models'
  const calls = Array.from({ length: 16 }, () => ask(path))
  await until('16 calls at the app', () => asked.length === 16)
  expect((await ask(path).answer).statusCode).toBe(429)
  expect((await ask('/order').answer).statusCode).toBe(200)
  asked[0]?.response.writeHead(200).end('{}')
  const answered = await Promise.race(calls.map(call => call.answer))
  expect(await text(answered)).toBe('{}')
  const late = ask(path)
  await until('a 17th call at the app', () => asked.length === 17)
  asked[16]?.response.writeHead(200).end('{}')
  expect((await late.answer).statusCode).toBe(200)
})
