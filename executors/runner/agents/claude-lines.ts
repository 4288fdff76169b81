/** The lines of `claude -p --output-format stream-json --verbose`, checked against what 2.1.329 prints. */
import type { AgentSign } from './agent.ts'
import {
  asFields,
  asList,
  countOf,
  event,
  type Fields,
  linesOf,
  outputLines,
  readFields,
  reasonOf,
  resultOf,
  textOf
} from './json-line.ts'

type Reader = (fields: Fields) => AgentSign | null

/** As `Agent.parse`. */
export function parseClaudeLine(line: string): AgentSign | null {
  const fields = readFields(line)
  const type = textOf(fields?.type)
  if (fields === null || type === null || !Object.hasOwn(TYPES, type)) return null
  return TYPES[type]?.(fields) ?? null
}

const TYPES: Readonly<Record<string, Reader>> = {
  system: fields => {
    const subtype = textOf(fields.subtype)
    if (subtype === null || !Object.hasOwn(SYSTEM, subtype)) return null
    return SYSTEM[subtype]?.(fields) ?? null
  },
  assistant: fields => {
    const content = asFields(fields.message)?.content
    if (!Array.isArray(content)) return null
    if (fields.is_api_error_message === true) return warning(wordsIn(content))
    return readBlocks(content)
  },
  user: fields => {
    const content = asFields(fields.message)?.content
    if (!Array.isArray(content)) return null
    const said = asFields(fields.tool_use_result)
    return joined(content.map(block => readToolResult(asFields(block), said)))
  },
  result: readEnd
}

const SYSTEM: Readonly<Record<string, Reader>> = {
  init: ({ session_id, model, claude_code_version: version }) => {
    const sessionId = textOf(session_id)
    if (sessionId === null) return null
    const words = [`Claude Code ${textOf(version) ?? ''}`, `model ${textOf(model) ?? 'unknown'}`]
    return { events: [], sessionId, lines: [`${words.join(', ')}, session ${sessionId}`] }
  },
  api_retry: fields => {
    const seconds = Math.round(countOf(fields.retry_delay_ms) / 100) / 10
    const what = [fields.error_status, fields.error].filter(one => one !== null).join(' ')
    const turn = `retry ${countOf(fields.attempt)} of ${countOf(fields.max_retries)} in ${seconds} s`
    return warning(`the model did not answer (${what}); ${turn}`)
  },
  permission_denied: ({ tool_name }) =>
    warning(`it was not allowed to use ${textOf(tool_name) ?? 'a tool'}`),
  compact_boundary: () => ({ events: [], lines: ['the conversation was summarised to make room'] })
}

/** A block of no known kind stands in the log as it is; so does a line of nothing else, by null. */
function readBlocks(content: readonly unknown[]): AgentSign | null {
  const signs = content.map(readBlock)
  if (content.length > 0 && signs.every(sign => sign === null)) return null
  return joined(
    signs.map((sign, index) => sign ?? { events: [], lines: [JSON.stringify(content[index])] })
  )
}

function readBlock(value: unknown): AgentSign | null {
  const block = asFields(value)
  const type = textOf(block?.type)
  if (block === null || type === null || !Object.hasOwn(BLOCKS, type)) return null
  return BLOCKS[type]?.(block) ?? null
}

const BLOCKS: Readonly<Record<string, Reader>> = {
  text: block => {
    const text = textOf(block.text) ?? ''
    return { events: [event('agent.message', { text })], lines: linesOf(text) }
  },
  // Without a word in it when the model keeps its thoughts to itself.
  thinking: ({ thinking }) => {
    const words = textOf(thinking) ?? ''
    return { events: [], lines: words.trim() === '' ? [] : linesOf(words) }
  },
  tool_use: ({ name, input }) => toolUse(textOf(name) ?? '?', asFields(input) ?? {})
}

function toolUse(name: string, input: Fields): AgentSign {
  const command = textOf(input.command)
  if (name === 'Bash' && command !== null) {
    const events = [event('agent.command', { command, state: 'started' })]
    return { events, lines: linesOf(`$ ${command}`) }
  }
  const keys = ['file_path', 'notebook_path', 'pattern', 'path', 'url', 'query', 'description']
  const about = keys.map(key => textOf(input[key])).find(text => text !== null) ?? ''
  return {
    events: [event('agent.tool', { tool: name, state: 'started', about })],
    lines: linesOf(`${name} ${about}`)
  }
}

/** What a command printed, and what went wrong; the files that were read stay out of the log. */
function readToolResult(block: Fields | null, said: Fields | null): AgentSign | null {
  if (textOf(block?.type) !== 'tool_result') return null
  const output = [textOf(said?.stdout), textOf(said?.stderr)].filter(text => text !== null)
  if (output.length > 0) return { events: [], lines: outputLines(output.join('\n')) }
  if (block?.is_error !== true) return { events: [], lines: [] }
  return { events: [], lines: outputLines(textOf(block.content) ?? wordsIn(asList(block.content))) }
}

function readEnd(fields: Fields): AgentSign {
  const words = textOf(fields.result) ?? ''
  const events = usageEvents(fields)
  if (fields.is_error === true) {
    const errors = asList(fields.errors).filter(one => typeof one === 'string')
    const why = words === '' ? errors.join('; ') : words
    const failure = reasonOf(why === '' ? (textOf(fields.subtype) ?? 'it did not say why') : why)
    return { events, failure, lines: [`claude gave up: ${failure}`] }
  }
  const result = resultOf(words)
  // The words themselves were a message before.
  return { events, failure: null, lines: [], ...(result === null ? {} : { result }) }
}

/** Of this start alone. `input` is all that was sent, as other providers count it. */
function usageEvents(fields: Fields): AgentSign['events'] {
  const usage = asFields(fields.usage)
  if (usage === null) return []
  const cached = countOf(usage.cache_read_input_tokens)
  const data = {
    of: 'attempt',
    input: countOf(usage.input_tokens) + countOf(usage.cache_creation_input_tokens) + cached,
    cached,
    output: countOf(usage.output_tokens),
    reasoning: countOf(asFields(usage.output_tokens_details)?.thinking_tokens),
    costUsd: countOf(fields.total_cost_usd)
  }
  return [event('agent.tokens', data)]
}

function joined(signs: readonly (AgentSign | null)[]): AgentSign {
  return {
    events: signs.flatMap(sign => sign?.events ?? []),
    lines: signs.flatMap(sign => sign?.lines ?? [])
  }
}

function warning(message: string): AgentSign {
  const reason = reasonOf(message)
  return { events: [event('warning', { message: reason })], lines: [`claude: ${reason}`] }
}

function wordsIn(content: readonly unknown[]): string {
  return content.flatMap(block => textOf(asFields(block)?.text) ?? []).join('\n')
}
