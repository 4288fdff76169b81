import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from '@jest/globals'
import { type ScriptedServer, startScriptedServer } from '#app/testing/scripted-server.ts'
import { createModelUpstream, type ModelUpstreamOptions } from './create-model-upstream.ts'

const servers: ScriptedServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()))
})

async function provider(
  answer: Parameters<typeof startScriptedServer>[0]
): Promise<ScriptedServer> {
  const server = await startScriptedServer(answer)
  servers.push(server)
  return server
}

function upstreamAt(url: string, options: Partial<ModelUpstreamOptions> = {}) {
  return createModelUpstream({
    providers: {
      openai: { baseUrl: `${url}/v1`, apiKey: 'sk-ours' },
      anthropic: { baseUrl: url, apiKey: 'sk-ant-ours' }
    },
    ...options
  })
}

function post(
  body: RequestInit['body'],
  headers: Record<string, string> = {},
  signal?: AbortSignal
) {
  return new Request('http://127.0.0.1/anything', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal === undefined ? {} : { signal }),
    duplex: 'half'
  })
}

/** Echoes the request's body and tells its headers back. */
const echo: Parameters<typeof startScriptedServer>[0] = (request, response) => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-request-id': 'r1',
    'x-ratelimit-remaining-requests': '5',
    'set-cookie': 'session=theirs',
    'openai-organization': 'the-platform'
  })
  request.pipe(response)
}

test.each([
  ['openai', '/v1/responses', { authorization: 'Bearer sk-ours' }],
  ['openai', '/v1/chat/completions', { authorization: 'Bearer sk-ours' }],
  ['anthropic', '/v1/messages?beta=true', { 'x-api-key': 'sk-ant-ours' }],
  ['anthropic', '/v1/messages/count_tokens', { 'x-api-key': 'sk-ant-ours' }]
])('%s %s is forwarded with our key instead of the agent’s', async (name, path, ours) => {
  const server = await provider(echo)
  const sent = post('{"model":"m"}', {
    authorization: 'Bearer of-the-agent',
    'x-api-key': 'of-the-agent',
    cookie: 'a=b',
    'x-forwarded-for': '10.0.0.1',
    'openai-organization': 'of-the-agent',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'tools',
    accept: 'text/event-stream'
  })
  const answer = await upstreamAt(server.url).forward(name, path, sent)
  expect(await answer.json()).toEqual({ model: 'm' })
  const [request] = server.requests
  expect(request).toMatchObject({
    method: 'POST',
    path,
    headers: {
      ...ours,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'tools',
      accept: 'text/event-stream',
      'content-type': 'application/json'
    }
  })
  expect(JSON.stringify(request?.headers)).not.toMatch(/of-the-agent|a=b|10\.0\.0\.1/)
})

test('the answer carries neither our key nor anything of our account', async () => {
  const server = await provider(echo)
  const answer = await upstreamAt(server.url).forward('openai', '/v1/responses', post('{}'))
  expect(Object.fromEntries(answer.headers)).toEqual({
    'content-type': 'application/json',
    'x-ratelimit-remaining-requests': '5',
    'x-request-id': 'r1'
  })
  expect(await answer.text()).toBe('{}')
})

test('the list of models is read with GET', async () => {
  const server = await provider((_request, response) => response.end('{"data":[]}'))
  const request = new Request('http://127.0.0.1/x')
  const answer = await upstreamAt(server.url).forward('anthropic', '/v1/models?limit=5', request)
  expect(await answer.json()).toEqual({ data: [] })
  expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/models?limit=5' })
})

test.each([
  ['mistral', 'POST', '/v1/chat/completions'],
  ['toString', 'POST', '/v1/responses'],
  ['openai', 'POST', '/v1/messages'],
  ['openai', 'GET', '/v1/responses'],
  ['openai', 'POST', '/v1/files'],
  ['openai', 'DELETE', '/v1/models'],
  ['openai', 'POST', '/v1/responses/../files'],
  ['openai', 'POST', '//v1/responses'],
  ['openai', 'POST', '/v1/responses%2f..'],
  ['anthropic', 'POST', '/v1/organizations/api_keys'],
  ['anthropic', 'POST', '']
])('%s %s %s is NOT_FOUND and asks nobody', async (name, method, path) => {
  const server = await provider(echo)
  const request = new Request('http://127.0.0.1/x', { method })
  await expect(upstreamAt(server.url).forward(name, path, request)).rejects.toMatchObject({
    code: 'NOT_FOUND'
  })
  expect(server.requests).toHaveLength(0)
})

test('a provider without a key is not configured', async () => {
  const upstream = createModelUpstream({ providers: {} })
  await expect(upstream.forward('openai', '/v1/responses', post('{}'))).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('not configured')
  })
})

test('both ways stream: the first event arrives before the last is sent', async () => {
  let finish: () => void = () => {}
  const server = await provider((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: one\n\n')
    finish = () => response.end('data: two\n\n')
  })
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('{"stream":'))
      controller.enqueue(Buffer.from('true}'))
      controller.close()
    }
  })
  const answer = await upstreamAt(server.url).forward('anthropic', '/v1/messages', post(body))
  const reader = answer.body?.getReader()
  const first = await reader?.read()
  expect(Buffer.from(first?.value ?? []).toString()).toBe('data: one\n\n')
  finish()
  const second = await reader?.read()
  expect(Buffer.from(second?.value ?? []).toString()).toBe('data: two\n\n')
  expect((await reader?.read())?.done).toBe(true)
})

test('an agent that goes away ends the call upstream', async () => {
  let gone: () => void = () => {}
  const ended = new Promise<void>(resolve => {
    gone = resolve
  })
  const server = await provider((request, response) => {
    request.resume()
    response.once('close', () => gone())
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: one\n\n')
  })
  const stop = new AbortController()
  const sent = post('{}', {}, stop.signal)
  const answer = await upstreamAt(server.url).forward('openai', '/v1/responses', sent)
  stop.abort()
  await ended
  await expect(answer.text()).rejects.toThrow()
})

test.each([400, 404, 429, 500, 529])('the provider’s own error %i is passed on', async status => {
  const server = await provider((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '3' })
    response.end('{"error":"theirs"}')
  })
  const answer = await upstreamAt(server.url).forward('openai', '/v1/responses', post('{}'))
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '3'])
  expect(await answer.text()).toBe('{"error":"theirs"}')
})

test.each([401, 403])(
  'a refusal of our key (%i) is ours to mend, and its text stays here',
  async status => {
    const server = await provider((_request, response) => {
      response.writeHead(status)
      response.end('Incorrect API key provided: sk-ours')
    })
    const asking = upstreamAt(server.url).forward('openai', '/v1/responses', post('{}'))
    const error = await asking.catch(failure => failure)
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE' })
    expect(`${error.message}${error.stack}`).not.toContain('sk-ours')
  }
)

test('a provider that does not answer is MODEL_UNAVAILABLE', async () => {
  const server = await provider(() => {})
  const slow = upstreamAt(server.url, { firstAnswerMs: 50 })
  await expect(slow.forward('openai', '/v1/responses', post('{}'))).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE'
  })
  const nobody = upstreamAt('http://127.0.0.1:1')
  await expect(nobody.forward('openai', '/v1/responses', post('{}'))).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE'
  })
})

test('an answer that the provider packed arrives unpacked and says so', async () => {
  const server = await provider((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
    response.end(gzipSync('{"packed":true}'))
  })
  const answer = await upstreamAt(server.url).forward('openai', '/v1/responses', post('{}'))
  expect(answer.headers.has('content-encoding')).toBe(false)
  expect(await answer.json()).toEqual({ packed: true })
})
