/**
 * OpenAI's Responses API, as far as Codex uses it. Shapes and the order of events: OpenAI "API
 * reference", Responses and Streaming events.
 */
import { randomUUID } from 'node:crypto'
import { pieces, type StreamEvent, type Wire } from './answered.ts'
import { type Asked, folderIn, isContext, type OfferedTool, type Said } from './asked.ts'
import { listIn, objectIn, textIn } from './json.ts'
import type { Answer, AnsweredCall } from './play.ts'
import type { Usage } from './usage.ts'

type Item = Readonly<Record<string, unknown>>

/** Reads a request's body; never throws: what is missing is empty. */
export function readResponses(body: unknown): Asked {
  const request = objectIn(body)
  const items =
    typeof request.input === 'string'
      ? [{ role: 'user', content: request.input }]
      : listIn(request.input)
  const texts = items.flatMap(textsOf)
  return {
    protocol: 'responses',
    model: textIn(request.model),
    stream: request.stream === true,
    session: textIn(request.prompt_cache_key) || null,
    said: items.flatMap(saidIn),
    // Newer models of Codex get their tools as an item of the conversation.
    tools: [
      ...listIn(request.tools),
      ...items.filter(item => item.type === 'additional_tools').flatMap(item => listIn(item.tools))
    ].flatMap(tool => toolsIn(tool, null)),
    folder: folderIn(texts)
  }
}

function saidIn(item: Item): readonly Said[] {
  const call = textIn(item.call_id)
  if (item.type === 'function_call' || item.type === 'custom_tool_call') {
    const input = textIn(item.arguments) || textIn(item.input)
    return [{ by: 'model', call, tool: textIn(item.name), input }]
  }
  if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output')
    return [{ by: 'tool', call, text: textsOf({ content: item.output }).join('\n') }]
  const texts = textsOf(item)
  if (item.role === 'assistant') return texts.map(text => ({ by: 'model', text }))
  if (item.role !== 'user') return []
  const own = texts.filter(text => !isContext(text))
  return own.length === 0 ? [] : [{ by: 'person', text: own.join('\n') }]
}

function textsOf(item: Item): readonly string[] {
  if (typeof item.content === 'string') return [item.content]
  return listIn(item.content).flatMap(part => (typeof part.text === 'string' ? [part.text] : []))
}

function toolsIn(tool: Item, namespace: string | null): readonly OfferedTool[] {
  const name = textIn(tool.name)
  if (tool.type === 'namespace') return listIn(tool.tools).flatMap(one => toolsIn(one, name))
  if (tool.type !== 'function' && tool.type !== 'custom') return []
  return [
    {
      name,
      namespace,
      takes: tool.type === 'custom' ? 'text' : 'json',
      description: textIn(tool.description),
      keys: Object.keys(objectIn(objectIn(tool.parameters).properties))
    }
  ]
}

/** The answer as one object and as the events of a stream. */
export function writeResponses(asked: Asked, answer: Answer, usage: Usage): Wire {
  const output = outputOf(answer)
  const base = {
    id: `resp_${hex()}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    error: null,
    incomplete_details: null,
    model: asked.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false
  }
  const whole = { ...base, status: 'completed', output, usage: usageFields(usage) }
  const open = { ...base, status: 'in_progress', output: [], usage: null }
  const events: readonly StreamEvent[] = [
    event('response.created', { response: open }),
    event('response.in_progress', { response: open }),
    ...output.flatMap((item, output_index) => itemEvents(item, output_index)),
    event('response.completed', { response: whole })
  ]
  return {
    whole,
    events: events.map((one, sequence_number) => ({
      ...one,
      data: { ...one.data, sequence_number }
    }))
  }
}

function usageFields(usage: Usage): Item {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output
  }
}

function outputOf({ thoughts, words, calls }: Answer): readonly Item[] {
  return [
    ...thoughts.map(text => ({
      id: `rs_${hex()}`,
      type: 'reasoning',
      summary: [{ type: 'summary_text', text }]
    })),
    ...words.map(text => ({
      id: `msg_${hex()}`,
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text, annotations: [] }]
    })),
    ...calls.map(callItem)
  ]
}

function callItem({ id, name, namespace, input }: AnsweredCall): Item {
  const named = { call_id: id, name, ...(namespace === null ? {} : { namespace }) }
  return 'text' in input
    ? {
        id: `ctc_${hex()}`,
        type: 'custom_tool_call',
        status: 'completed',
        ...named,
        input: input.text
      }
    : {
        id: `fc_${hex()}`,
        type: 'function_call',
        status: 'completed',
        ...named,
        arguments: JSON.stringify(input.json)
      }
}

function itemEvents(item: Item, output_index: number): readonly StreamEvent[] {
  const at = { item_id: item.id, output_index }
  const inner = INNER[textIn(item.type)]?.(item, at) ?? []
  return [
    event('response.output_item.added', {
      output_index,
      item: { ...item, ...EMPTY[textIn(item.type)] }
    }),
    ...inner,
    event('response.output_item.done', { output_index, item })
  ]
}

/** What an item holds before its first delta. */
const EMPTY: Readonly<Record<string, Item>> = {
  message: { status: 'in_progress', content: [] },
  reasoning: { summary: [] },
  function_call: { status: 'in_progress', arguments: '' },
  custom_tool_call: { status: 'in_progress', input: '' }
}

type Inner = (item: Item, at: Item) => readonly StreamEvent[]

const INNER: Readonly<Record<string, Inner>> = {
  message(item, at) {
    const [part = {}] = listIn(item.content)
    const place = { ...at, content_index: 0 }
    return [
      event('response.content_part.added', { ...place, part: { ...part, text: '' } }),
      ...deltas('response.output_text', place, 'text', textIn(part.text)),
      event('response.content_part.done', { ...place, part })
    ]
  },
  reasoning(item, at) {
    const [part = {}] = listIn(item.summary)
    const place = { ...at, summary_index: 0 }
    return [
      event('response.reasoning_summary_part.added', { ...place, part: { ...part, text: '' } }),
      ...deltas('response.reasoning_summary_text', place, 'text', textIn(part.text)),
      event('response.reasoning_summary_part.done', { ...place, part })
    ]
  },
  function_call: (item, at) =>
    deltas('response.function_call_arguments', at, 'arguments', textIn(item.arguments)),
  custom_tool_call: (item, at) =>
    deltas('response.custom_tool_call_input', at, 'input', textIn(item.input))
}

function deltas(name: string, at: Item, key: string, text: string): readonly StreamEvent[] {
  return [
    ...pieces(text).map(delta => event(`${name}.delta`, { ...at, delta })),
    event(`${name}.done`, { ...at, [key]: text })
  ]
}

function event(type: string, data: Item): StreamEvent {
  return { event: type, data: { type, ...data } }
}

function hex(): string {
  return randomUUID().replaceAll('-', '')
}
