/** What the agents that print JSON lines have in common: careful reading, and words for people. */
import type { RunnerEvent } from '#app/core/attempt.ts'

export type Fields = Readonly<Record<string, unknown>>

/** An event's texts; the app takes 4 KiB for all of an event's data. */
const MOST_EVENT_TEXT = 2_000
/** Of one command's output in the log; its end is what people look for. */
const MOST_OUTPUT_LINES = 60
/** A summary may be longer in the result file; this one was only said. */
const MOST_SUMMARY = 19_000
const MOST_REASON = 1_000
/** As the launcher has hidden it, or any other; with what Codex says before it. */
const LOOPBACK = /(, url: )?(\[loopback\]|https?:\/\/(127\.0\.0\.1|localhost|\[::1\]))\S*/g

/** The line as an object, or null when it is none. */
export function readFields(line: string): Fields | null {
  if (!line.startsWith('{')) return null
  try {
    return asFields(JSON.parse(line))
  } catch {
    // Not JSON, for example cut off: the line stays in the log as it is.
    return null
  }
}

export function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

export function linesOf(text: string): readonly string[] {
  return text.trimEnd().split(/\r?\n/)
}

/** A command's output for the log: its last lines, indented. */
export function outputLines(output: string): readonly string[] {
  if (output.trim() === '') return []
  const lines = linesOf(output)
  const left = lines.slice(-MOST_OUTPUT_LINES).map(line => `  ${line}`)
  const more = lines.length - left.length
  return more > 0 ? [`  … (${more} lines before)`, ...left] : left
}

export function event(
  type: RunnerEvent['type'],
  data: RunnerEvent['data']
): Omit<RunnerEvent, 'at'> {
  const short = Object.entries(data).map(
    ([name, value]) =>
      [name, typeof value === 'string' ? cut(value, MOST_EVENT_TEXT) : value] as const
  )
  return { type, data: Object.fromEntries(short) }
}

/** Why something went wrong, as one line: the message inside a provider's JSON, without the loopback's address. */
export function reasonOf(message: string): string {
  const inner = asFields(readFields(message.trim())?.error)
  const text = textOf(inner?.message) ?? message
  const bare = text.replace(LOOPBACK, '')
  return cut(bare.replace(/\s+/g, ' ').trim(), MOST_REASON)
}

/** An agent's last words as a result: the JSON that they are, or else the summary. Null for no words. */
export function resultOf(words: string): string | null {
  const text = words.trim()
  if (text === '') return null
  const fenced = /^```(?:json)?\n(.*)\n```$/s.exec(text)?.[1] ?? text
  const own = readFields(fenced.trim())
  if (own !== null && typeof own.summary === 'string') return fenced.trim()
  return JSON.stringify({ summary: cut(text, MOST_SUMMARY) })
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 2)} …` : text
}
