import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { type Balancer, startBalancer } from './balancer.ts'

const open: Array<Pick<Server, 'close'> | Balancer> = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** Answers with its name and what it was sent. */
async function target(name: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.writeHead(201, { 'x-target': name })
    response.end(`${request.method} ${request.url} ${request.headers['x-sent']} ${body}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

async function balancer(urls: readonly string[]): Promise<Balancer> {
  const made = await startBalancer()
  open.unshift(made)
  made.setTargets(urls)
  return made
}

async function ask(front: Balancer, body = 'hello'): Promise<Response> {
  return fetch(`${front.url}/a/b?c=d`, { method: 'POST', headers: { 'x-sent': 'yes' }, body })
}

test('calls go to each target in turn, with method, path, headers and body', async () => {
  const front = await balancer([(await target('one')).url, (await target('two')).url])
  const answers = [await ask(front), await ask(front), await ask(front)]
  expect(new Set(answers.map(answer => answer.headers.get('x-target')))).toEqual(
    new Set(['one', 'two'])
  )
  for (const answer of answers) {
    expect(answer.status).toBe(201)
    expect(await answer.text()).toBe('POST /a/b?c=d yes hello')
  }
})

test('a large body arrives whole', async () => {
  const front = await balancer([(await target('one')).url])
  const body = 'x'.repeat(3_000_000)
  expect(await (await ask(front, body)).text()).toBe(`POST /a/b?c=d yes ${body}`)
})

test('a target that is down is passed over', async () => {
  const [down, up] = [await target('down'), await target('up')]
  await new Promise(resolve => down.server.close(resolve))
  const front = await balancer([down.url, up.url])
  for (let call = 0; call < 3; call += 1) {
    expect((await ask(front)).headers.get('x-target')).toBe('up')
  }
})

test('without a living target the answer is 502, until one is named', async () => {
  const front = await balancer([])
  expect((await ask(front)).status).toBe(502)
  front.setTargets([(await target('late')).url])
  expect((await ask(front)).headers.get('x-target')).toBe('late')
})
