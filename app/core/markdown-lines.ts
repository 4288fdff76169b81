/** Markdown read line by line, as far as it decides what a person said and what they only showed. */

/** `html`: a comment's line, of which `text` is what stays visible behind it. */
export type LineKind = 'text' | 'quote' | 'fence' | 'indented' | 'html'

export interface MarkdownLine {
  /** Counted from 1. */
  readonly number: number
  readonly kind: LineKind
  readonly text: string
  /** A fence's line whose fence opened at the left margin: nothing but its closing line ends it. */
  readonly sure: boolean
}

export interface MarkdownScan {
  readonly lines: readonly MarkdownLine[]
  /** The line that would close a code fence left open at the end; null when none is. */
  readonly openFence: string | null
}

type Block =
  | {
      readonly kind: 'fence'
      readonly mark: string
      readonly length: number
      readonly margin: boolean
    }
  | { readonly kind: 'comment' }
  | { readonly kind: 'raw'; readonly end: RegExp }

type Read = readonly [kind: LineKind, text: string, next: Block | null]

const LIST_MARKER = /^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+/
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/
const RAW = /^ {0,3}<(pre|script|style|textarea)(?:[\s>]|$)/i

/** Splits a body into lines and says what each one is (CommonMark 0.31, sections 4.4–4.6 and 5.1). */
export function scanMarkdown(body: string): MarkdownScan {
  const source = body.split(/\r\n?|\n/)
  const closes = commentClosesLater(source)
  const lines: MarkdownLine[] = []
  let block: Block | null = null
  for (const [index, line] of source.entries()) {
    const [kind, text, next]: Read =
      block === null ? outside(line, closes[index] === true) : inside(block, line)
    const fence = block ?? next
    const sure = kind === 'fence' && fence?.kind === 'fence' && fence.margin
    lines.push({ number: index + 1, kind, text, sure })
    block = next
  }
  return { lines, openFence: block?.kind === 'fence' ? block.mark.repeat(block.length) : null }
}

function inside(block: Block, line: string): Read {
  switch (block.kind) {
    case 'fence': {
      const mark = line.trim()
      const closed = mark.length >= block.length && mark === block.mark.repeat(mark.length)
      return ['fence', line, closed ? null : block]
    }
    case 'comment': {
      const end = line.indexOf('-->')
      return end === -1 ? ['html', '', block] : ['html', line.slice(end + 3), null]
    }
    case 'raw':
      return ['fence', line, block.end.test(line) ? null : block]
  }
}

function outside(line: string, commentCloses: boolean): Read {
  if (line.trim() !== '' && indent(line) >= 4) return ['indented', line, null]
  if (/^ {0,3}>/.test(line)) return ['quote', line, null]
  const fence = openedFence(line)
  if (fence !== null) return ['fence', line, fence]
  const raw = RAW.exec(line)
  if (raw !== null) {
    const end = new RegExp(`</${raw[1]}>`, 'i')
    return ['fence', line, end.test(line) ? null : { kind: 'raw', end }]
  }
  if (/^ {0,3}<!--/.test(line)) {
    const end = line.indexOf('-->', line.indexOf('<!--') + 2)
    return end === -1 ? ['html', '', { kind: 'comment' }] : ['html', line.slice(end + 3), null]
  }
  return inlineComments(line, commentCloses)
}

/** A list marker in front does not keep a fence from opening. */
function openedFence(line: string): Block | null {
  let rest = line
  while (LIST_MARKER.test(rest)) rest = rest.replace(LIST_MARKER, '')
  const fence = FENCE.exec(rest)
  const mark = fence?.[1]?.[0]
  if (fence === null || mark === undefined) return null
  if (mark === '`' && fence[2]?.includes('`')) return null
  return { kind: 'fence', mark, length: fence[1]?.length ?? 3, margin: line.startsWith(mark) }
}

function inlineComments(line: string, commentCloses: boolean): Read {
  let text = ''
  let at = 0
  for (;;) {
    const start = commentStart(line, at)
    if (start === -1) return ['text', text + line.slice(at), null]
    const end = line.indexOf('-->', start + 2)
    if (end === -1 && commentCloses)
      return ['text', text + line.slice(at, start), { kind: 'comment' }]
    if (end === -1) return ['text', text + line.slice(at), null]
    text += line.slice(at, start)
    at = end + 3
  }
}

/** Where the next comment opens outside of inline code; -1 when none does. */
function commentStart(line: string, from: number): number {
  let at = from
  while (at < line.length) {
    if (line.startsWith('<!--', at)) return at
    const ticks = /^`+/.exec(line.slice(at))?.[0].length ?? 0
    if (ticks === 0) {
      at += 1
      continue
    }
    const close = closingTicks(line, at + ticks, ticks)
    at = close === -1 ? at + ticks : close + ticks
  }
  return -1
}

/** Where a run of exactly `ticks` backticks begins at or behind `from`; -1 when there is none. */
export function closingTicks(text: string, from: number, ticks: number): number {
  const runs = /`+/g
  runs.lastIndex = from
  for (let run = runs.exec(text); run !== null; run = runs.exec(text)) {
    if (run[0].length === ticks) return run.index
  }
  return -1
}

/** For every line: does a comment that opens in it end later in the same paragraph? */
function commentClosesLater(lines: readonly string[]): boolean[] {
  const closes = new Array<boolean>(lines.length).fill(false)
  for (let index = lines.length - 2; index >= 0; index -= 1) {
    const next = lines[index + 1] ?? ''
    closes[index] = next.includes('-->') || (next.trim() !== '' && closes[index + 1] === true)
  }
  return closes
}

/** Columns of white space in front; a tab goes to the next multiple of four. */
function indent(line: string): number {
  let columns = 0
  for (const character of line) {
    if (character === ' ') columns += 1
    else if (character === '\t') columns += 4 - (columns % 4)
    else break
  }
  return columns
}
