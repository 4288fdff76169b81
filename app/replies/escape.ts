/**
 * Text of others inside of what we post. It may not call people, close issues, hide anything,
 * break our tables and fences, or carry a forged mark of ours.
 */

import { closingTicks, scanMarkdown } from '#app/core/markdown-lines.ts'
import { stripMarkers } from '#app/core/marker.ts'
import { cleanText, stripInvisible } from '#app/core/untrusted-text.ts'

/** Unseen, and it keeps GitHub from reading `@name` or `fixes #3`. */
const JOINER = '\u2060'

const MENTION = /(?<![A-Za-z0-9])@(?=[A-Za-z0-9])/g
/** GitHub's closing words before anything that may be a reference ("Linking a pull request to an issue"). */
const CLOSING =
  /(?<![\p{L}\p{N}])(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=[^\p{L}\p{N}#]{1,12}(?:#|GH-\d|https?:|[\w.-]{1,80}\/[\w.-]{1,80}#))/giu
const REFERENCE = /#(?=\d)|(?<=\bGH)-(?=\d)/gi
// Colours, cursor moves and titles (ECMA-48); made from text, since a pattern may hold no controls.
const ESC = String.fromCharCode(27)
const BELL = String.fromCharCode(7)
const TERMINAL_CODES = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\\\)|[@-Z\\\\-_])`,
  'g'
)

/** One line of plain words: for titles, names, statuses. At most `limit` characters. */
export function plain(text: string, limit = 200): string {
  const line = cut(oneLine(text), limit)
  return disarm(line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))
    .replace(REFERENCE, `$&${JOINER}`)
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
}

/** The same for a title, where GitHub reads no Markdown: only calls and closings are disarmed. */
export function titleText(text: string, limit = 200): string {
  return disarm(cut(oneLine(text), limit))
}

/**
 * Inline code, whatever backticks are in it. In code GitHub looks for neither people nor issues, and
 * a path or command with an HTML comment in it shows it.
 */
export function code(text: string, limit = 300): string {
  const shown = stripMarkers(stripInvisible(text.toWellFormed()))
  const line = cut(shown.replace(/\s+/g, ' ').trim(), limit)
  if (line === '') return '—'
  const ticks = '`'.repeat(longestRun(line, '`') + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${line}${pad}${ticks}`
}

/** Inline code for a table's cell: there a bar ends the cell even in code. */
export function cellCode(text: string, limit = 200): string {
  return code(text, limit).replaceAll('|', '\\|')
}

/** A fence that its content cannot end, without terminal colours and other controls. */
export function fence(text: string, info = ''): string {
  const content = logText(text)
  const ticks = '`'.repeat(Math.max(3, longestRun(content, '`') + 1))
  return `${ticks}${info}\n${content}\n${ticks}`
}

/** A log as text: colours gone, and of a line that was written over only its last state. */
export function logText(text: string): string {
  const lines = text
    .replace(TERMINAL_CODES, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
  return stripMarkers(lines.map(visible).join('\n')).trimEnd()
}

/** Controls and format characters are spelled out: a log may hold them for a reason. */
function visible(line: string): string {
  return line
    .toWellFormed()
    .replace(/(?!\t)[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd')
}

/**
 * An agent's Markdown inside of a text of ours: lists, code and emphasis stay; HTML, pictures and
 * headings that would stand above ours do not. At most `limit` characters.
 */
export function markdown(text: string, limit = 20_000): string {
  const cleaned = stripMarkers(cleanText(text))
  const kept = cleaned.length <= limit ? cleaned : `${cleaned.slice(0, limit)}\n\n…`
  const { lines, openFence } = scanMarkdown(kept)
  const blocks: string[] = []
  let prose: string[] = []
  for (const line of lines) {
    // A fence that is indented, or in a list, may end with the list; only one at the margin is sure.
    if (line.sure) {
      if (prose.length > 0) blocks.push(disarmProse(prose))
      prose = []
      blocks.push(line.text)
    } else {
      prose.push(line.text)
    }
  }
  if (prose.length > 0) blocks.push(disarmProse(prose))
  if (openFence !== null) blocks.push(openFence)
  return blocks.join('\n').trim()
}

/** The same for one item of a list: a single line that starts no block. */
export function inline(text: string, limit = 400): string {
  const line = cut(oneLine(text), limit).replace(
    /^(?=`{3}|~{3}|#{1,6} |>|[-*+] |\d+[.)] |\|)/,
    JOINER
  )
  return disarmParagraph(line)
}

function disarmProse(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split(/(\n[ \t]*\n)/)
    .map(disarmParagraph)
    .join('')
}

/** Code spans are left alone when every one closes in its own line; otherwise nobody knows what is code. */
function disarmParagraph(paragraph: string): string {
  const lines = paragraph.split('\n').map(spans)
  if (lines.some(line => line === null)) return disarm(tamed(paragraph))
  const parts = lines.flatMap((line, index) => [
    ...(index > 0 ? [{ code: false, text: '\n' }] : []),
    ...(line ?? [])
  ])
  // Joined with a placeholder, so that a closing word and its reference are seen across lines.
  const codes = parts.filter(part => part.code).map(part => part.text)
  const text = parts.map(part => (part.code ? '\u0000' : part.text)).join('')
  let next = 0
  return disarm(tamed(text)).replaceAll('\u0000', () => codes[next++] ?? '')
}

interface Span {
  readonly code: boolean
  readonly text: string
}

/** A line cut into code spans and the rest; null when a backtick has no partner in it. */
function spans(line: string): readonly Span[] | null {
  const found: Span[] = []
  let at = 0
  while (at < line.length) {
    const open = line.indexOf('`', at)
    if (open === -1) break
    // A backslash before it makes the backtick a letter, or not, by what stands before that.
    if (line[open - 1] === '\\') return null
    const ticks = /^`+/.exec(line.slice(open))?.[0].length ?? 1
    const close = closingTicks(line, open + ticks, ticks)
    if (close === -1) return null
    found.push({ code: false, text: line.slice(at, open) })
    found.push({ code: true, text: line.slice(open, close + ticks) })
    at = close + ticks
  }
  return [...found, { code: false, text: line.slice(at) }]
}

/** HTML and entities become letters, pictures become links, headings go below ours. */
function tamed(text: string): string {
  return text
    .replace(/&(?=#|[a-z])/gi, '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/!(?=\[)/g, '')
    .replace(/^([ \t]*)#{1,6}(?=[ \t])/gm, '$1####')
    .replace(/^([ \t]*)(?:=+|-{2,})[ \t]*$/gm, '$1')
}

function disarm(text: string): string {
  return text
    .replace(MENTION, `@${JOINER}`)
    .replace(CLOSING, word => `${word.slice(0, 1)}${JOINER}${word.slice(1)}`)
}

function oneLine(text: string): string {
  return stripMarkers(cleanText(text)).replace(/\s+/g, ' ').trim()
}

function cut(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, limit - 1)
        .toWellFormed()
        .trimEnd()}…`
}

function longestRun(text: string, character: string): number {
  let longest = 0
  let run = 0
  for (const other of text) {
    run = other === character ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}
