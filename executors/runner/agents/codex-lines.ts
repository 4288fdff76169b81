/** The lines of `codex exec --json`: `ThreadEvent` of the CLI's sources, checked against what 0.169.0 prints. */
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
import { typedCommand } from './typed-command.ts'

type Reader = (fields: Fields) => AgentSign | null

const NOTHING: AgentSign = { events: [], lines: [] }

/** As `Agent.parse`. */
export function parseCodexLine(line: string): AgentSign | null {
  const fields = readFields(line)
  const type = textOf(fields?.type)
  if (fields === null || type === null || !Object.hasOwn(EVENTS, type)) return null
  return EVENTS[type]?.(fields) ?? null
}

const EVENTS: Readonly<Record<string, Reader>> = {
  'thread.started': ({ thread_id }) => {
    const sessionId = textOf(thread_id)
    if (sessionId === null) return null
    return { events: [], sessionId, lines: [`session ${sessionId}`] }
  },
  'turn.started': () => NOTHING,
  'item.started': fields => readItem(fields, STARTED),
  // Only the to-do list is updated, and its end says the same.
  'item.updated': () => NOTHING,
  'item.completed': fields => readItem(fields, COMPLETED),
  'turn.completed': ({ usage }) => tokens(asFields(usage)),
  'turn.failed': ({ error }) => {
    const failure = reasonOf(textOf(asFields(error)?.message) ?? 'it did not say why')
    return { events: [], failure, lines: [`codex gave up: ${failure}`] }
  },
  error: ({ message }) => warning(textOf(message))
}

function readItem(fields: Fields, readers: Readonly<Record<string, Reader>>): AgentSign | null {
  const item = asFields(fields.item)
  const type = textOf(item?.type)
  if (item === null || type === null) return null
  if (Object.hasOwn(readers, type)) return readers[type]?.(item) ?? null
  return Object.hasOwn(COMPLETED, type) ? NOTHING : null
}

const STARTED: Readonly<Record<string, Reader>> = {
  command_execution: ({ command }) => {
    const text = textOf(command)
    if (text === null) return null
    const typed = typedCommand(text)
    const events = [event('agent.command', { command: typed, state: 'started' })]
    return { events, lines: linesOf(`$ ${typed}`) }
  },
  mcp_tool_call: item =>
    tool(`${textOf(item.server) ?? '?'}.${textOf(item.tool) ?? '?'}`, 'started'),
  web_search: ({ query }) => tool('web_search', 'started', textOf(query) ?? '')
}

const COMPLETED: Readonly<Record<string, Reader>> = {
  agent_message: ({ text }) => {
    const words = textOf(text)
    if (words === null) return null
    const result = resultOf(words)
    const events = [event('agent.message', { text: words })]
    return { events, lines: linesOf(words), ...(result === null ? {} : { result }) }
  },
  reasoning: ({ text }) => {
    const words = textOf(text)
    return words === null ? null : { events: [], lines: linesOf(words) }
  },
  command_execution: item => {
    const command = typedCommand(textOf(item.command) ?? '')
    const exitCode = typeof item.exit_code === 'number' ? item.exit_code : null
    const failed = exitCode === 0 ? [] : [`  exit code ${exitCode ?? 'unknown'}`]
    return {
      events: [event('agent.command', { command, state: 'ended', exitCode })],
      lines: [...outputLines(textOf(item.aggregated_output) ?? ''), ...failed]
    }
  },
  file_change: item => {
    const changes = asList(item.changes).flatMap(change => {
      const { path, kind } = asFields(change) ?? {}
      return typeof path === 'string' ? [`${textOf(kind) ?? 'change'} ${path}`] : []
    })
    return tool('edit', textOf(item.status) ?? 'ended', changes.join(', '))
  },
  mcp_tool_call: item => {
    const name = `${textOf(item.server) ?? '?'}.${textOf(item.tool) ?? '?'}`
    const why = textOf(asFields(item.error)?.message)
    return tool(name, textOf(item.status) ?? 'ended', why === null ? '' : reasonOf(why))
  },
  web_search: () => NOTHING,
  todo_list: ({ items }) => {
    const lines = asList(items).flatMap(entry => {
      const { text, completed } = asFields(entry) ?? {}
      return typeof text === 'string' ? [`[${completed === true ? 'x' : ' '}] ${text}`] : []
    })
    return { events: [], lines }
  },
  error: ({ message }) => warning(textOf(message))
}

function tool(name: string, state: string, about = ''): AgentSign {
  const words = [name, state, about].filter(word => word !== '')
  return {
    events: [event('agent.tool', { tool: name, state, about })],
    lines: linesOf(words.join(' '))
  }
}

function warning(message: string | null): AgentSign | null {
  if (message === null) return null
  const reason = reasonOf(message)
  return { events: [event('warning', { message: reason })], lines: [`codex: ${reason}`] }
}

/** Codex counts all of the thread, the turns before a resume included; cached is part of input. */
function tokens(usage: Fields | null): AgentSign | null {
  if (usage === null) return null
  const data = {
    of: 'session',
    input: countOf(usage.input_tokens),
    cached: countOf(usage.cached_input_tokens),
    output: countOf(usage.output_tokens),
    reasoning: countOf(usage.reasoning_output_tokens)
  }
  return { events: [event('agent.tokens', data)], failure: null, lines: [] }
}
