import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { promptsOf } from './asked.ts'
import type { Failure } from './failures.ts'
import { type ScriptedModel, startScriptedModel } from './start-scripted-model.ts'

let model: ScriptedModel

beforeEach(async () => {
  model = await startScriptedModel({
    script: () => ({ name: 'work', steps: [{ finish: 'Done.' }] })
  })
})
afterEach(() => model.close())

const TOOLS = {
  responses: [{ type: 'function', name: 'exec_command' }],
  messages: [{ name: 'Bash' }]
}
type Protocol = keyof typeof TOOLS

function post(protocol: Protocol, prompt = 'Repair it.', more: object = {}): Promise<Response> {
  const said = [{ role: 'user', content: prompt }]
  const body = protocol === 'responses' ? { input: said } : { messages: said }
  return fetch(`${model.url}/v1/${protocol}`, {
    method: 'POST',
    body: JSON.stringify({ model: 'any', stream: true, tools: TOOLS[protocol], ...body, ...more })
  })
}

const RATE_LIMITED: Failure = { kind: 'rate_limited', retryAfterSeconds: 7 }

test.each<[Protocol, Failure, number, object]>([
  [
    'responses',
    RATE_LIMITED,
    429,
    { error: { type: 'requests', code: 'rate_limit_exceeded', param: null } }
  ],
  ['messages', RATE_LIMITED, 429, { type: 'error', error: { type: 'rate_limit_error' } }],
  ['responses', { kind: 'overloaded' }, 503, { error: { type: 'server_error' } }],
  ['messages', { kind: 'overloaded' }, 529, { error: { type: 'overloaded_error' } }],
  ['responses', { kind: 'refused', status: 401 }, 401, { error: { code: 'invalid_api_key' } }],
  ['messages', { kind: 'refused', status: 403 }, 403, { error: { type: 'permission_error' } }],
  [
    'responses',
    { kind: 'refused', status: 400 },
    400,
    { error: { type: 'invalid_request_error' } }
  ],
  ['messages', { kind: 'refused', status: 500 }, 500, { error: { type: 'api_error' } }]
])(
  '%s answers %j with %i in its own words, then works',
  async (protocol, failure, status, body) => {
    model.fail(failure)
    const response = await post(protocol)
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe(status === 429 ? '7' : null)
    expect(await response.json()).toMatchObject(body)
    expect((await post(protocol)).status).toBe(200)
    expect(model.requests().map(request => request.outcome)).toMatchObject([
      { kind: 'failure', failure },
      { kind: 'answer' }
    ])
  }
)

test.each<[Protocol, string]>([
  ['responses', 'response.in_progress'],
  ['messages', 'ping']
])('a broken stream of %s ends in the middle', async (protocol, last) => {
  model.fail({ kind: 'broken_stream', afterEvents: 2 })
  const response = await post(protocol)
  let text = ''
  await expect(
    (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
    })()
  ).rejects.toThrow('terminated')
  expect([...text.matchAll(/^event: (\S+)$/gm)].map(([, name]) => name).slice(1)).toEqual([last])
})

test('without a stream a broken answer is none', async () => {
  model.fail({ kind: 'broken_stream', afterEvents: 2 })
  await expect(post('messages', 'Repair it.', { stream: false })).rejects.toThrow('fetch failed')
})

test('silence says nothing, not even headers, and is over after its time', async () => {
  model.fail({ kind: 'silence', ms: 100 })
  await expect(post('responses')).rejects.toThrow('fetch failed')
})

test('silence in a stream follows what had been said', async () => {
  model.fail({ kind: 'silence', ms: 100, afterEvents: 1 })
  const response = await post('messages')
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow('terminated')
})

test('silence without an end ends with the client', async () => {
  model.fail({ kind: 'silence' })
  const leaving = new AbortController()
  const asked = fetch(`${model.url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ messages: [], tools: TOOLS.messages }),
    signal: leaving.signal
  })
  const noAnswer = expect(asked).rejects.toThrow('abort')
  while (model.requests().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  leaving.abort()
  await noAnswer
})

test('a failure meets so many requests of those that match, in the order of the orders', async () => {
  model.fail({ kind: 'overloaded' }, { times: 2, match: asked => promptsOf(asked)[0] === 'two' })
  model.fail({ kind: 'refused', status: 500 })
  const statuses: number[] = []
  for (const prompt of ['one', 'two', 'one', 'two', 'two'])
    statuses.push((await post('messages', prompt)).status)
  expect(statuses).toEqual([500, 529, 200, 529, 200])
})

test('failures that did not happen yet can be taken back', async () => {
  model.fail({ kind: 'overloaded' }, { times: 9 })
  model.clearFailures()
  expect((await post('responses')).status).toBe(200)
})

test('a body that is no JSON is refused', async () => {
  const response = await fetch(`${model.url}/v1/messages`, { method: 'POST', body: 'hello' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { message: 'scripted model: the body is not JSON' }
  })
})
