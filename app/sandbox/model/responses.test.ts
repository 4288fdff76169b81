import { afterEach, expect, test } from '@jest/globals'
import type { CallStep, Script } from './script.ts'
import { type ScriptedModel, startScriptedModel } from './start-scripted-model.ts'

let model: ScriptedModel

afterEach(() => model.close())

async function begin(steps: Script['steps']): Promise<void> {
  model = await startScriptedModel({ script: () => ({ name: 'work', steps }) })
}

type Json = Readonly<Record<string, unknown>>

async function post(body: Json): Promise<Response> {
  return fetch(`${model.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-made-up-key', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', ...body })
  })
}

/** Answers a request whole; throws with the error's words. */
async function ask(body: Json): Promise<{ output: readonly Json[]; usage: Json }> {
  const response = await post(body)
  const answer = (await response.json()) as { output: Json[]; usage: Json; error?: Json }
  if (!response.ok) throw new Error(String(answer.error?.message))
  return answer
}

const EXEC: Json = {
  type: 'function',
  name: 'exec_command',
  description: '',
  parameters: { type: 'object', properties: { cmd: { type: 'string' } } }
}
const PATCH: Json = { type: 'custom', name: 'apply_patch', description: '' }
const MCP: Json = {
  type: 'namespace',
  name: 'mcp__orch',
  tools: [{ type: 'function', name: 'run_stop', parameters: { type: 'object' } }]
}
const PROMPT: Json = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: 'Repair it.' }]
}

function result(call: Json | undefined, output: string): Json {
  const type =
    call?.type === 'custom_tool_call' ? 'custom_tool_call_output' : 'function_call_output'
  return { type, call_id: call?.call_id, output }
}

test('a stream has the events that OpenAI documents, in their order and numbered', async () => {
  await begin([{ think: 'Hm.' }, { say: 'I look.' }, { run: 'ls' }, { finish: 'Done.' }])
  const response = await post({ stream: true, input: [PROMPT], tools: [EXEC] })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const blocks = (await response.text()).trim().split('\n\n')
  const events = blocks.map(block => {
    const [, name, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? []
    return { name, data: JSON.parse(data) as Json }
  })
  const names = events.map(({ name }) => name)
  expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed'
  ])
  for (const [index, { name, data }] of events.entries())
    expect(data).toMatchObject({ type: name, sequence_number: index })
  const deltas = events.filter(({ name }) => name === 'response.function_call_arguments.delta')
  expect(deltas.map(({ data }) => data.delta).join('')).toBe('{"cmd":"ls","login":false}')
  expect(events.at(-1)?.data.response).toMatchObject({
    status: 'completed',
    output: [{ type: 'reasoning' }, { type: 'message' }, { type: 'function_call' }]
  })
})

test('a script is played from the conversation: each result brings the next step', async () => {
  await begin([
    { run: 'one' },
    { together: [{ run: 'two' }, { run: 'three' }] },
    { finish: 'End.' }
  ])
  const tools = [EXEC]
  const first = await ask({ input: [PROMPT], tools })
  expect(first.output).toMatchObject([{ name: 'exec_command', call_id: 'call_work_1_0_0' }])
  const input = [PROMPT, first.output[0], result(first.output[0], 'ok')]
  const second = await ask({ input, tools })
  expect(second.output.map(call => call.arguments)).toEqual([
    '{"cmd":"two","login":false}',
    '{"cmd":"three","login":false}'
  ])
  // The same question gets the same answer: a client that lost one asks again.
  const again = await ask({ input, tools })
  expect(again.output.map(call => call.call_id)).toEqual(second.output.map(call => call.call_id))
  const results = second.output.map(call => result(call, 'ok'))
  const third = await ask({ input: [...input, ...second.output, ...results], tools })
  expect(third.output).toMatchObject([{ role: 'assistant', content: [{ text: 'End.' }] }])
})

test('a new prompt begins the script anew, whatever had been called before it', async () => {
  await begin([{ run: 'one' }, { finish: 'End.' }])
  const { output } = await ask({ input: [PROMPT], tools: [EXEC] })
  const more = { ...PROMPT, content: [{ type: 'input_text', text: 'Go on.' }] }
  const context = { ...PROMPT, content: [{ type: 'input_text', text: '<environment_context>' }] }
  const input = [PROMPT, output[0], result(output[0], 'aborted'), context, more]
  expect((await ask({ input, tools: [EXEC] })).output).toMatchObject([
    { call_id: 'call_work_2_0_0' }
  ])
})

const CODE: Json = {
  type: 'custom',
  name: 'exec',
  description: 'tools: exec_command(args) apply_patch(input) mcp__orch__run_stop(args)'
}

test.each<[string, CallStep, readonly Json[], Json]>([
  [
    'an edit is a patch',
    { edit: { path: 'a.js', from: 'two', to: '2\n3' } },
    [EXEC, PATCH],
    {
      type: 'custom_tool_call',
      name: 'apply_patch',
      input: '*** Begin Patch\n*** Update File: a.js\n@@\n-two\n+2\n+3\n*** End Patch'
    }
  ],
  [
    'a new file is a patch',
    { write: { path: 'a.js', text: 'one\n' } },
    [EXEC, PATCH],
    { input: '*** Begin Patch\n*** Add File: a.js\n+one\n*** End Patch' }
  ],
  [
    'a patch goes through the shell where there is no tool for it',
    { write: { path: 'a.js', text: 'one\n' } },
    [EXEC],
    { name: 'exec_command', arguments: expect.stringContaining("apply_patch <<'END_OF_PATCH'") }
  ],
  [
    'a file is read by a command',
    { read: "it's.js" },
    [EXEC],
    { arguments: JSON.stringify({ cmd: "cat 'it'\\''s.js'", login: false }) }
  ],
  [
    'a tool of an MCP server is called by namespace and name',
    { call: { tool: 'mcp__orch__run_stop', input: { run: 'r1' } } },
    [EXEC, MCP],
    { type: 'function_call', namespace: 'mcp__orch', name: 'run_stop', arguments: '{"run":"r1"}' }
  ],
  [
    'in code mode a command is a line of a program',
    { run: 'ls' },
    [{ type: 'namespace', name: 'functions', tools: [CODE] }],
    {
      type: 'custom_tool_call',
      namespace: 'functions',
      name: 'exec',
      input: expect.stringContaining('tools.exec_command({"cmd":"ls","login":false})')
    }
  ],
  [
    'in code mode a tool of an MCP server is a function',
    { call: { tool: 'mcp__orch__run_stop', input: { run: 'r1' } } },
    [CODE],
    { input: expect.stringContaining('tools.mcp__orch__run_stop({"run":"r1"})') }
  ]
])('%s', async (_what, step, tools, call) => {
  await begin([step, { finish: 'Done.' }])
  expect((await ask({ input: [PROMPT], tools })).output).toMatchObject([call])
})

test('tools that stand in the conversation count as offered', async () => {
  await begin([{ run: 'ls' }, { finish: 'Done.' }])
  const input = [{ type: 'additional_tools', role: 'developer', tools: [EXEC] }, PROMPT]
  expect((await ask({ input })).output).toMatchObject([{ name: 'exec_command' }])
})

test('a step whose tool is not offered is an error in the answer and on record', async () => {
  await begin([{ call: { tool: 'mcp__orch__gone', input: {} } }, { finish: 'Done.' }])
  const response = await post({ input: [PROMPT], tools: [EXEC, MCP] })
  const message =
    'there is no tool to do mcp__orch__gone; the client offers exec_command, mcp__orch__run_stop'
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    error: {
      message: `scripted model: ${message}`,
      type: 'invalid_request_error',
      param: null,
      code: null
    }
  })
  expect(model.requests()).toMatchObject([{ status: 400, outcome: { kind: 'problem', message } }])
})

test('tokens are one for four characters; what was sent before counts as cached', async () => {
  await begin([{ think: '12345678' }, { run: 'ls' }, { finish: '1234' }])
  const tools = [EXEC]
  const first = await ask({ input: [PROMPT], tools })
  const sent = JSON.stringify({ model: 'any', input: [PROMPT], tools }).length
  expect(first.usage).toEqual({
    input_tokens: Math.ceil(sent / 4),
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2 + Math.ceil('{"cmd":"ls","login":false}'.length / 4),
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: Math.ceil(sent / 4) + 9
  })
  const call = first.output[1]
  const input = [PROMPT, ...first.output, result(call, 'x'.repeat(400))]
  const { usage } = await ask({ input, tools })
  const { cached_tokens } = usage.input_tokens_details as { cached_tokens: number }
  expect(cached_tokens).toBeGreaterThan(100)
  expect(cached_tokens).toBeLessThan(Number(usage.input_tokens) - 100)
  expect(model.requests().at(-1)?.usage).toEqual({
    input: usage.input_tokens,
    cached: cached_tokens,
    output: 1,
    reasoning: 0
  })
})

test('a call without tools is the CLI asking for itself, and moves no script', async () => {
  await begin([{ run: 'ls' }, { finish: 'Done.' }])
  expect((await ask({ input: 'A title, please.' })).output).toMatchObject([
    { content: [{ text: 'OK' }] }
  ])
  expect(model.requests()).toMatchObject([{ outcome: { kind: 'side' } }])
})

test('what was asked is on record, the credential by its fingerprint only', async () => {
  await begin([{ finish: 'Done.' }])
  await ask({ input: [PROMPT], tools: [EXEC], prompt_cache_key: 'thread-1' })
  const [request] = model.requests()
  expect(request).toMatchObject({
    method: 'POST',
    path: '/v1/responses',
    headers: { authorization: expect.stringMatching(/^sha256:[0-9a-f]{16}$/) },
    body: { prompt_cache_key: 'thread-1' },
    asked: { session: 'thread-1', said: [{ by: 'person', text: 'Repair it.' }] },
    outcome: { kind: 'answer', script: 'work', beat: 0 }
  })
  expect(JSON.stringify(request)).not.toContain('a-made-up-key')
})

test('the models are listed, and a path that is none of ours is named', async () => {
  await begin([{ finish: 'Done.' }])
  expect(await (await fetch(`${model.url}/v1/models`)).json()).toMatchObject({
    object: 'list',
    data: [{ id: 'scripted', object: 'model' }]
  })
  const response = await fetch(`${model.url}/v1/embeddings`, { method: 'POST', body: '{}' })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({
    error: { message: 'scripted model: POST /v1/embeddings is not offered' }
  })
})
