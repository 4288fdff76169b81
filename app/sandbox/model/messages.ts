/**
 * Anthropic's Messages API, as far as Claude Code uses it. Shapes and the order of events: Anthropic
 * "API reference", Messages and Streaming messages.
 */
import { createHash, randomUUID } from 'node:crypto'
import { pieces, type StreamEvent, type Wire } from './answered.ts'
import { type Asked, folderIn, isContext, type Said } from './asked.ts'
import { listIn, objectIn, textIn } from './json.ts'
import type { Answer } from './play.ts'
import type { Usage } from './usage.ts'

type Block = Readonly<Record<string, unknown>>

/** Reads a request's body; never throws: what is missing is empty. */
export function readMessages(body: unknown): Asked {
  const request = objectIn(body)
  const messages = listIn(request.messages)
  const texts = [{ content: request.system }, ...messages].flatMap(message =>
    blocksOf(message).flatMap(block => (typeof block.text === 'string' ? [block.text] : []))
  )
  return {
    protocol: 'messages',
    model: textIn(request.model),
    stream: request.stream === true,
    session: sessionIn(textIn(objectIn(request.metadata).user_id)),
    said: messages.flatMap(saidIn),
    tools: listIn(request.tools).map(tool => ({
      name: textIn(tool.name),
      namespace: null,
      takes: 'json',
      description: textIn(tool.description),
      keys: Object.keys(objectIn(objectIn(tool.input_schema).properties))
    })),
    folder: folderIn(texts)
  }
}

/** Claude Code puts its session into the `user_id`: as JSON, or behind `_session_`. */
function sessionIn(user: string): string | null {
  return /session(?:_id":"|_)([0-9a-f-]{36})/.exec(user)?.[1] ?? null
}

function blocksOf(message: Block): readonly Block[] {
  const { content } = message
  return typeof content === 'string' ? [{ type: 'text', text: content }] : listIn(content)
}

function saidIn(message: Block): readonly Said[] {
  const blocks = blocksOf(message)
  if (message.role === 'assistant') return blocks.flatMap(modelSaid)
  if (message.role !== 'user') return []
  const results = blocks.flatMap((block): Said[] => {
    if (block.type !== 'tool_result') return []
    const text = blocksOf(block).map(part => textIn(part.text))
    return [{ by: 'tool', call: textIn(block.tool_use_id), text: text.join('\n') }]
  })
  const own = blocks.flatMap(block =>
    block.type === 'text' && !isContext(textIn(block.text)) ? [textIn(block.text)] : []
  )
  return own.length === 0 ? results : [...results, { by: 'person', text: own.join('\n') }]
}

function modelSaid(block: Block): readonly Said[] {
  if (block.type === 'text') return [{ by: 'model', text: textIn(block.text) }]
  if (block.type !== 'tool_use') return []
  const input = JSON.stringify(block.input ?? {})
  return [{ by: 'model', call: textIn(block.id), tool: textIn(block.name), input }]
}

/** The answer as one object and as the events of a stream. */
export function writeMessages(asked: Asked, answer: Answer, usage: Usage): Wire {
  const content = contentOf(answer)
  const message = {
    id: `msg_${hex()}`,
    type: 'message',
    role: 'assistant',
    model: asked.model,
    stop_sequence: null
  }
  const stop_reason = answer.calls.length > 0 ? 'tool_use' : 'end_turn'
  const counted = usageFields(usage)
  const begun = { ...counted, output_tokens: 1 }
  return {
    whole: { ...message, content, stop_reason, usage: counted },
    events: [
      event('message_start', {
        message: { ...message, content: [], stop_reason: null, usage: begun }
      }),
      event('ping', {}),
      ...content.flatMap((block, index) => blockEvents(block, index)),
      event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: counted }),
      event('message_stop', {})
    ]
  }
}

/** `input_tokens` are those that came from no cache. */
function usageFields({ input, cached, output, reasoning }: Usage): Block {
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    service_tier: 'standard'
  }
}

function contentOf({ thoughts, words, calls }: Answer): readonly Block[] {
  return [
    ...thoughts.map(thinking => ({ type: 'thinking', thinking, signature: signatureOf(thinking) })),
    ...words.map(text => ({ type: 'text', text })),
    ...calls.map(({ id, name, input }) => ({
      type: 'tool_use',
      id,
      name,
      input: 'json' in input ? input.json : { text: input.text }
    }))
  ]
}

function blockEvents(block: Block, index: number): readonly StreamEvent[] {
  const { start, deltas } = partsOf(block)
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map(delta => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index })
  ]
}

function partsOf(block: Block): { readonly start: Block; readonly deltas: readonly Block[] } {
  if (block.type === 'thinking') {
    const thoughts = pieces(textIn(block.thinking)).map(thinking => ({
      type: 'thinking_delta',
      thinking
    }))
    return {
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...thoughts, { type: 'signature_delta', signature: block.signature }]
    }
  }
  if (block.type === 'text') {
    const deltas = pieces(textIn(block.text)).map(text => ({ type: 'text_delta', text }))
    return { start: { type: 'text', text: '' }, deltas }
  }
  const json = pieces(JSON.stringify(block.input))
  return {
    start: { ...block, input: {} },
    deltas: json.map(partial_json => ({ type: 'input_json_delta', partial_json }))
  }
}

/** Clients send it back with the thought; nobody checks it here. */
function signatureOf(thought: string): string {
  return createHash('sha256').update(thought).digest('base64')
}

function event(type: string, data: Block): StreamEvent {
  return { event: type, data: { type, ...data } }
}

function hex(): string {
  return randomUUID().replaceAll('-', '').slice(0, 24)
}
