import { afterEach, expect, test } from '@jest/globals'
import { continues, promptsOf } from './asked.ts'
import { readMessages } from './messages.ts'
import type { CallStep, Script } from './script.ts'
import { type ScriptedModel, startScriptedModel } from './start-scripted-model.ts'

let model: ScriptedModel

afterEach(() => model.close())

async function begin(steps: Script['steps']): Promise<void> {
  model = await startScriptedModel({ script: () => ({ name: 'work', steps }) })
}

type Json = Readonly<Record<string, unknown>>

async function post(body: Json, path = '/v1/messages?beta=true'): Promise<Response> {
  return fetch(`${model.url}${path}`, {
    method: 'POST',
    headers: {
      'x-api-key': 'a-made-up-key',
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json'
    },
    body: JSON.stringify({ model: 'any', max_tokens: 1000, ...body })
  })
}

interface Message {
  readonly content: readonly Json[]
  readonly stop_reason: string
  readonly usage: Json
}

async function ask(body: Json): Promise<Message> {
  const response = await post(body)
  expect(response.status).toBe(200)
  return (await response.json()) as Message
}

const TOOLS: readonly Json[] = ['Bash', 'Read', 'Write', 'Edit', 'mcp__orch__run_stop'].map(
  name => ({
    name,
    input_schema: { type: 'object' }
  })
)
const PROMPT: Json = {
  role: 'user',
  content: [
    { type: 'text', text: '<system-reminder>\nSomething of the CLI.\n</system-reminder>' },
    { type: 'text', text: 'Repair it.' }
  ]
}
const PLACE: Json = {
  role: 'system',
  content: [{ type: 'text', text: ' - Primary working directory: /w/tree\n' }]
}

function results(message: Message): Json {
  const calls = message.content.filter(block => block.type === 'tool_use')
  const content = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' }))
  return { role: 'user', content }
}

function assistant({ content }: Message): Json {
  return { role: 'assistant', content }
}

test('a stream has the events that Anthropic documents, in their order', async () => {
  await begin([{ think: 'Hm.' }, { say: 'I look.' }, { run: 'ls' }, { finish: 'Done.' }])
  const response = await post({ stream: true, messages: [PROMPT], tools: TOOLS })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const events = (await response.text())
    .trim()
    .split('\n\n')
    .map(block => {
      const [, name, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? []
      return { name, data: JSON.parse(data) as Json }
    })
  const block = ['content_block_start', 'content_block_delta', 'content_block_stop']
  const names = events.map(({ name }) => name)
  expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
    'message_start',
    'ping',
    ...block,
    ...block,
    ...block,
    'message_delta',
    'message_stop'
  ])
  for (const { name, data } of events) expect(data.type).toBe(name)
  const deltas = events.flatMap(({ data }) =>
    data.delta === undefined ? [] : [data.delta as Json]
  )
  expect([...new Set(deltas.map(delta => delta.type))]).toEqual([
    'thinking_delta',
    'signature_delta',
    'text_delta',
    'input_json_delta',
    undefined
  ])
  const json = deltas.map(delta => delta.partial_json ?? '').join('')
  expect(JSON.parse(json)).toEqual({ command: 'ls', description: 'Run a command' })
  expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'tool_use' } })
})

test('a script is played from the conversation: each result brings the next step', async () => {
  await begin([{ run: 'one' }, { together: [{ run: 'two' }, { read: '/a' }] }, { finish: 'End.' }])
  const first = await ask({ messages: [PROMPT], tools: TOOLS })
  expect(first).toMatchObject({
    stop_reason: 'tool_use',
    content: [{ type: 'tool_use', id: 'call_work_1_0_0', name: 'Bash', input: { command: 'one' } }]
  })
  const messages = [PROMPT, assistant(first), results(first)]
  const second = await ask({ messages, tools: TOOLS })
  expect(second.content.map(block => block.name)).toEqual(['Bash', 'Read'])
  const third = await ask({
    messages: [...messages, assistant(second), results(second)],
    tools: TOOLS
  })
  expect(third).toMatchObject({
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: 'End.' }]
  })
})

test.each<[string, CallStep, Json]>([
  ['a file is read', { read: 'a.js' }, { name: 'Read', input: { file_path: '/w/tree/a.js' } }],
  [
    'a file is written',
    { write: { path: '/tmp/a.js', text: 'one\n' } },
    { name: 'Write', input: { file_path: '/tmp/a.js', content: 'one\n' } }
  ],
  [
    'a file is edited',
    { edit: { path: 'a.js', from: 'two', to: '2' } },
    { name: 'Edit', input: { file_path: '/w/tree/a.js', old_string: 'two', new_string: '2' } }
  ],
  [
    'a tool of an MCP server is called by its whole name',
    { call: { tool: 'mcp__orch__run_stop', input: { run: 'r1' } } },
    { name: 'mcp__orch__run_stop', input: { run: 'r1' } }
  ]
])('%s by the tool that Claude Code has for it', async (_what, step, call) => {
  await begin([step, { finish: 'Done.' }])
  const { content } = await ask({ messages: [PROMPT, PLACE], tools: TOOLS })
  expect(content).toMatchObject([{ type: 'tool_use', ...call }])
})

test('a step whose tool is not offered is an error in the answer and on record', async () => {
  await begin([{ run: 'ls' }, { finish: 'Done.' }])
  const response = await post({ messages: [PROMPT], tools: [{ name: 'Read' }] })
  const message = 'there is no tool to run a command; the client offers Read'
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    type: 'error',
    error: { type: 'invalid_request_error', message: `scripted model: ${message}` },
    request_id: expect.stringMatching(/^req_/)
  })
  expect(model.requests()).toMatchObject([{ outcome: { kind: 'problem', message } }])
})

test('usage splits what was sent into cached and fresh tokens', async () => {
  await begin([{ think: '12345678' }, { run: 'ls' }, { finish: '1234' }])
  const first = await ask({ messages: [PROMPT], tools: TOOLS })
  expect(first.usage).toMatchObject({
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    output_tokens_details: { thinking_tokens: 2 }
  })
  const messages = [PROMPT, assistant(first), results(first)]
  const { usage } = await ask({ messages, tools: TOOLS })
  const counted = await post({ messages, tools: TOOLS }, '/v1/messages/count_tokens')
  const { input_tokens } = (await counted.json()) as { input_tokens: number }
  expect(Number(usage.input_tokens) + Number(usage.cache_read_input_tokens)).toBe(input_tokens)
  expect(Number(usage.cache_read_input_tokens)).toBeGreaterThan(0)
  expect(usage.output_tokens).toBe(1)
})

test.each<[string, Json]>([
  ['without tools', { messages: [{ role: 'user', content: 'A title, please.' }] }],
  ['for one token', { messages: [PROMPT], tools: TOOLS, max_tokens: 1 }]
])('a call %s is the CLI asking for itself, and no failure meets it', async (_what, body) => {
  await begin([{ run: 'ls' }, { finish: 'Done.' }])
  model.fail({ kind: 'overloaded' })
  expect((await ask(body)).content).toEqual([{ type: 'text', text: 'OK' }])
  expect(model.requests()).toMatchObject([{ outcome: { kind: 'side' } }])
})

test('the models are listed in the shape of the one who asks', async () => {
  await begin([{ finish: 'Done.' }])
  const response = await fetch(`${model.url}/v1/models`, {
    headers: { 'anthropic-version': '2023-06-01' }
  })
  expect(await response.json()).toMatchObject({
    data: [{ type: 'model', id: 'scripted' }],
    has_more: false
  })
})

test('a conversation that went on holds the one before it, and its prompts are the people’s', async () => {
  await begin([{ finish: 'Done.' }])
  const first = readMessages({ messages: [PROMPT] })
  const answer = { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] }
  const second = readMessages({
    metadata: { user_id: '{"session_id":"e7ebc257-64ca-4bc9-b37a-052a787565f1"}' },
    messages: [PROMPT, answer, { role: 'user', content: 'Again.' }]
  })
  expect(promptsOf(second)).toEqual(['Repair it.', 'Again.'])
  expect(second.session).toBe('e7ebc257-64ca-4bc9-b37a-052a787565f1')
  expect(continues(second, first)).toBe(true)
  expect(continues(first, second)).toBe(false)
  const other = readMessages({ messages: [{ role: 'user', content: 'Other.' }, answer] })
  expect(continues(other, first)).toBe(false)
})

test.each([
  [
    'Claude Code',
    ' - Primary working directory: /w/one\n',
    ' - Primary working directory: /w/two (was /w/one)\n'
  ],
  ['Codex', '<cwd>/w/one</cwd>', '<environment_context>\n  <cwd>/w/two</cwd>']
])(
  'a conversation that %s took up in another folder works in that one',
  async (_who, before, after) => {
    await begin([{ finish: 'Done.' }])
    const places = [before, after].map(text => ({
      role: 'system',
      content: [{ type: 'text', text }]
    }))
    expect(readMessages({ messages: places }).folder).toBe('/w/two')
  }
)
