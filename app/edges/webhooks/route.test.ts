import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Inbox } from '#app/ports/inbox.ts'
import type { Log } from '#app/ports/platform.ts'
import { fakeInbox } from '#app/testing/fake-inbox.ts'
import { BODY_LIMIT, webhookRoute } from './route.ts'

const SECRETS = ['new-secret-0123456789', 'old-secret-0123456789'] as const
const fake = fakeInbox()
const { rows } = fake
const logged: string[] = []
let broken = false
let route: ReturnType<typeof webhookRoute>
let seen: (outcome: string) => unknown = () => undefined
let server: Server
let url = ''

const inbox: Inbox = {
  put: async delivery => {
    if (broken) throw new Error('could not write: no space left on device')
    return fake.put(delivery)
  }
}

const note = (fields: Readonly<Record<string, unknown>>, message: string): void => {
  logged.push(
    `${message} ${JSON.stringify(fields, (_key, value) => (value instanceof Error ? value.message : value))}`
  )
}
const log: Log = { info: note, warn: note, error: note, child: () => log }

beforeAll(async () => {
  route = webhookRoute(
    { inbox, wake: { hint: () => undefined }, log },
    { secrets: SECRETS },
    outcome => seen(outcome)
  )
  server = createServer((request, response) => void route(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})
beforeEach(() => {
  rows.clear()
  logged.length = 0
  broken = false
})

const BODY = JSON.stringify({ action: 'labeled', issue: { number: 7 }, repository: { id: 42 } })

function sign(body: string | Buffer, secret: string = SECRETS[0]): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

async function post(
  changes: Record<string, string | null> = {},
  body: string | Buffer = BODY
): Promise<{ status: number; json: Record<string, unknown> }> {
  const all: Record<string, string | null> = {
    'content-type': 'application/json',
    'x-github-delivery': '11111111-2222-3333-4444-555555555555',
    'x-github-event': 'issues',
    'x-hub-signature-256': sign(body),
    ...changes
  }
  const headers = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  )
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

test('a signed delivery is stored with its raw body and what orders it, then answered 202', async () => {
  const answer = await post()
  expect(answer).toEqual({ status: 202, json: { outcome: 'accepted' } })
  const [row] = [...rows.values()]
  expect(row).toMatchObject({ event: 'issues', subject: '42#7' })
  expect(row?.body?.toString()).toBe(BODY)
})

test('the same delivery again is answered 200 duplicate', async () => {
  await post()
  expect(await post()).toEqual({ status: 200, json: { outcome: 'duplicate' } })
})

test('an event we do not subscribe to is answered 200 ignored and keeps no body', async () => {
  expect(await post({ 'x-github-event': 'star' })).toEqual({
    status: 200,
    json: { outcome: 'ignored' }
  })
  expect([...rows.values()]).toEqual([expect.objectContaining({ event: 'star', body: null })])
})

test('the secret before a rotation is still accepted', async () => {
  expect((await post({ 'x-hub-signature-256': sign(BODY, SECRETS[1]) })).status).toBe(202)
})

test('the signature is of the bytes, also of those that are no UTF-8', async () => {
  const body = Buffer.concat([Buffer.from(BODY.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x7d])])
  expect((await post({ 'x-hub-signature-256': sign(body) }, body)).status).toBe(202)
  expect([...rows.values()][0]?.body?.equals(body)).toBe(true)
})

test('an empty secret is no secret: nothing is taken', async () => {
  const handle = webhookRoute(
    { inbox, wake: { hint: () => undefined }, log },
    { secrets: [''] },
    () => {}
  )
  server
    .removeAllListeners('request')
    .on('request', (request, response) => void handle(request, response))
  const answer = await post({ 'x-hub-signature-256': sign(BODY, '') })
  server
    .removeAllListeners('request')
    .on('request', (request, response) => void route(request, response))
  expect(answer.status).toBe(401)
  expect(rows.size).toBe(0)
})

test('a sender that goes away in the middle of a body leaves no row', async () => {
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-github-event: issues\r\nx-github-delivery: 11111111-2222\r\ncontent-length: 100\r\n\r\n{'
  )
  const refused = new Promise<void>(resolve => {
    seen = outcome => outcome === 'delivery_invalid' && resolve()
  })
  server.once('request', () => socket.destroy())
  await refused
  expect(rows.size).toBe(0)
})

test.each([
  ['no signature', { 'x-hub-signature-256': null }, 401, 'delivery_signature'],
  [
    'a signature by another secret',
    { 'x-hub-signature-256': sign(BODY, 'development') },
    401,
    'delivery_signature'
  ],
  [
    'a signature of another body',
    { 'x-hub-signature-256': sign(`${BODY} `) },
    401,
    'delivery_signature'
  ],
  ['a SHA-1 signature', { 'x-hub-signature-256': 'sha1=abc' }, 401, 'delivery_signature'],
  ['no delivery id', { 'x-github-delivery': null }, 400, 'delivery_invalid'],
  [
    'a delivery id with odd characters',
    { 'x-github-delivery': "1'; drop table deliveries" },
    400,
    'delivery_invalid'
  ],
  ['no event name', { 'x-github-event': null }, 400, 'delivery_invalid'],
  ['a form body', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'delivery_type']
] as const)('%s is refused and leaves no row', async (_what, headers, status, code) => {
  const answer = await post(headers)
  expect(answer.status).toBe(status)
  expect(answer.json).toMatchObject({ status, code })
  expect(rows.size).toBe(0)
})

test('200 mutations of a good signature are all refused', async () => {
  const good = sign(BODY)
  for (let index = 0; index < 200; index += 1) {
    const at = 7 + (index % 64)
    const digit = (
      (Number.parseInt(good[at] ?? '0', 16) + 1 + Math.floor(index / 64)) %
      16
    ).toString(16)
    const answer = await post({
      'x-hub-signature-256': `${good.slice(0, at)}${digit}${good.slice(at + 1)}`
    })
    expect(answer.status).toBe(401)
  }
  expect(rows.size).toBe(0)
})

test('an unsigned body is not written to the log, whatever its size', async () => {
  const canary = 'canary-in-the-body'
  await post(
    { 'x-hub-signature-256': null },
    JSON.stringify({ canary, filler: 'x'.repeat(100_000) })
  )
  expect(logged.join('')).not.toContain(canary)
  expect(logged.join('').length).toBeLessThan(2000)
})

test('a database that cannot store answers 503, never 2xx', async () => {
  broken = true
  const answer = await post()
  expect(answer.status).toBe(503)
  expect(answer.json).toMatchObject({ code: 'delivery_store' })
})

test('a body announced as 30 MB is refused before it is read', async () => {
  const { port } = server.address() as AddressInfo
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-github-event: issues\r\nx-github-delivery: 11111111-2222\r\ncontent-length: ${30 * 1024 * 1024}\r\n\r\n{`
      )
    })
    socket.once('data', data => {
      socket.destroy()
      resolve(data.toString())
    })
    socket.once('error', reject)
  })
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(rows.size).toBe(0)
})

test('a body that grows past the cap while it comes, without a length, is cut off with bounded memory', async () => {
  const before = process.memoryUsage().rss
  const chunk = Buffer.alloc(1024 * 1024, 0x20)
  let sent = 0
  const status = await new Promise<number>((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-github-event: issues\r\nx-github-delivery: 11111111-2222\r\ntransfer-encoding: chunked\r\n\r\n'
      )
      const push = (): void => {
        if (sent >= 30 || socket.destroyed) return
        sent += 1
        socket.write(`${chunk.length.toString(16)}\r\n`)
        socket.write(chunk)
        socket.write('\r\n', push)
      }
      push()
    })
    socket.on('error', reject)
    socket.once('data', data => {
      socket.destroy()
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(data.toString())?.[1]))
    })
    socket.once('error', reject)
  })
  expect(status).toBe(413)
  expect(process.memoryUsage().rss - before).toBeLessThan(4 * BODY_LIMIT)
  expect(rows.size).toBe(0)
})
