import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { startTunnel, type Tunnel } from './tunnel.ts'

interface Taken {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const closers: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(handle)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  closers.push(() => closed(server))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** A smee server for one channel: what is sent goes to whoever listens. */
async function channel(port = 0) {
  const listeners = new Set<ServerResponse>()
  const { url, server } = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: ready\ndata: {}\n\n')
    listeners.add(response)
  }, port)
  return {
    url,
    server,
    listeners,
    send(data: object) {
      for (const one of listeners) one.write(`data: ${JSON.stringify(data)}\n\n`)
    }
  }
}

async function receiver(status = 202): Promise<{ readonly url: string; readonly taken: Taken[] }> {
  const taken: Taken[] = []
  const { url } = await serve((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      taken.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  return { url, taken }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries += 1) await delay(10)
  expect(holds()).toBe(true)
}

function tunnel(source: string, target: string, log = recordedLog()): Tunnel {
  const opened = startTunnel({ source, target, log, patienceMs: 50 })
  closers.push(() => opened.close())
  return opened
}

const SECRET = 'a-secret-for-this-test'
const sign = (body: string) => `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
const GITHUB = {
  'x-github-event': 'issues',
  'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  'user-agent': 'GitHub-Hookshot/1'
}

test("GitHub's compact JSON arrives byte for byte, with its signature and its own headers only", async () => {
  const [from, to] = [await channel(), await receiver()]
  const bytes = '{"action":"labeled","title":"Übergröße 🐙 <b>&","n":1.5,"ids":[3000000001]}'
  tunnel(from.url, `${to.url}/api/github/webhooks`)
  await until(() => from.listeners.size === 1)
  from.send({
    ...GITHUB,
    ...{ host: 'smee.example', connection: 'close', 'content-length': '3', cookie: 'a=b' },
    'x-hub-signature-256': sign(bytes),
    body: JSON.parse(bytes),
    query: { a: '1' },
    timestamp: 1
  })
  await until(() => to.taken.length === 1)
  const [{ headers, body } = { headers: {}, body: '' }] = to.taken
  expect(headers).toMatchObject({ ...GITHUB, 'content-type': 'application/json' })
  expect(body).toBe(bytes)
  expect(headers['x-hub-signature-256']).toBe(sign(bytes))
  expect(headers).not.toHaveProperty('cookie')
  expect(headers).not.toHaveProperty('timestamp')
})

test('a body in another spelling is taken as GitHub wrote it, where the server sends it along', async () => {
  const [from, to] = [await channel(), await receiver()]
  const bytes = '{ "n": 1.0, "big": 12345678901234567890,\n "text": "\\u00fc" }'
  tunnel(from.url, to.url)
  await until(() => from.listeners.size === 1)
  from.send({
    ...GITHUB,
    'x-hub-signature-256': sign(bytes),
    body: JSON.parse(bytes),
    rawbody: bytes
  })
  await until(() => to.taken.length === 1)
  expect(to.taken[0]?.body).toBe(bytes)
  expect(to.taken[0]?.headers['x-hub-signature-256']).toBe(sign(bytes))
})

test('what our route refuses for its signature is said in the log, with a reason', async () => {
  const [from, to, log] = [await channel(), await receiver(401), recordedLog()]
  tunnel(from.url, to.url, log)
  await until(() => from.listeners.size === 1)
  from.send({ ...GITHUB, body: {} })
  await until(() => log.entries.some(line => /signature that does not fit/.test(line.message)))
})

test('a channel that breaks off is opened again, and no line of the log holds its path', async () => {
  const [from, to, log] = [await channel(), await receiver(), recordedLog()]
  tunnel(`${from.url}/the-password`, to.url, log)
  await until(() => from.listeners.size === 1)
  await closed(from.server)
  await until(() => log.entries.some(line => /the tunnel is closed/.test(line.message)))
  const again = await channel(Number(new URL(from.url).port))
  await until(() => again.listeners.size === 1)
  again.send({ ...GITHUB, body: { again: true } })
  await until(() => to.taken.length === 1)
  expect(JSON.stringify(log.entries)).not.toContain('the-password')
})

test('closing ends it while it waits for a channel that does not answer', async () => {
  const silent = await serve(() => {})
  const opened = tunnel(silent.url, 'http://127.0.0.1:9/')
  await delay(50)
  await opened.close()
  expect(silent.server.listening).toBe(true)
})
