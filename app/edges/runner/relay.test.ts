import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Hono } from 'hono'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { until } from '#app/testing/running.ts'
import { relay } from './relay.ts'

let server: Server
let url: string
let log: ReturnType<typeof recordedLog>
let answer: () => Response
const printed = [jest.spyOn(console, 'error'), jest.spyOn(console, 'info')]

beforeEach(async () => {
  log = recordedLog()
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.get('/', context => relay(answer(), context.env, log))
  server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(async () => {
  for (const one of printed) {
    expect(one).not.toHaveBeenCalled()
    one.mockClear()
  }
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const text = (part: string): Uint8Array => new TextEncoder().encode(part)

test('status, headers and every byte come through', async () => {
  const headers = { 'content-type': 'text/event-stream', 'x-request-id': 'r1' }
  answer = () => new Response('data: one\n\ndata: two\n\n', { status: 429, headers })
  const got = await fetch(url)
  expect(got.status).toBe(429)
  expect(got.headers.get('content-type')).toBe('text/event-stream')
  expect(got.headers.get('x-request-id')).toBe('r1')
  expect(await got.text()).toBe('data: one\n\ndata: two\n\n')
})

test('an answer without a body ends at once', async () => {
  answer = () => new Response(null, { status: 204 })
  expect((await fetch(url)).status).toBe(204)
})

test('an upstream that breaks off cuts the connection, with one line in the log and nothing added', async () => {
  answer = () => {
    const parts = [text('data: one\n\n')]
    return new Response(
      new ReadableStream({
        pull(controller) {
          const part = parts.shift()
          if (part === undefined) controller.error(new Error('other side closed'))
          else controller.enqueue(part)
        }
      })
    )
  }
  const got = await fetch(url)
  const reader = got.body?.getReader()
  let seen = ''
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) return
      seen += new TextDecoder().decode(value)
    }
  }
  await expect(read()).rejects.toThrow('terminated')
  expect(seen).toBe('data: one\n\n')
  expect(log.entries).toMatchObject([
    { level: 'warn', message: 'an answer for a runner broke off upstream' }
  ])
})

test('a runner that leaves cancels the upstream, and the log says nothing', async () => {
  let canceled = false
  answer = () =>
    new Response(
      new ReadableStream({
        start: controller => controller.enqueue(text('data: one\n\n')),
        cancel() {
          canceled = true
        }
      })
    )
  const leave = new AbortController()
  const got = await fetch(url, { signal: leave.signal })
  await got.body?.getReader().read()
  leave.abort()
  await until('the upstream to be canceled', () => canceled)
  expect(log.entries).toEqual([])
})
