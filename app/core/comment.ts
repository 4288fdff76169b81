/**
 * The grammar of slash commands in comments, as Prow's: a command is the first word of a line.
 * What is quoted, shown as code or hidden is no command.
 */
import type { CommandLine } from './command.ts'
import type { CommandDefinition } from './decision.ts'
import { scanMarkdown } from './markdown-lines.ts'
import { nearest } from './nearest.ts'
import { stripInvisible } from './untrusted-text.ts'

/** So many commands of one comment are obeyed; the others are named as not done (decisions 10a). */
export const MAX_COMMANDS = 5

/** Commands of widely used bots that happen to be near one of ours; answering them would be noise. */
const OF_OTHER_BOTS: ReadonlySet<string> = new Set([
  'review',
  'rebase',
  'rename',
  'reset',
  'refine'
])

const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const SLASH_WORD = /^ {0,3}\/(\S+)(.*)$/
const WORD = /^[\p{L}\p{N}][\p{L}\p{N}_:-]*$/u

type Recognised =
  | { readonly kind: 'command'; readonly definition: CommandDefinition; readonly args: string }
  | { readonly kind: 'mistake'; readonly closest: string }

interface OpenCommand {
  readonly line: number
  readonly text: string
  readonly definition: CommandDefinition
  readonly args: string[]
}

/**
 * All commands of a comment, and what looks like one with a slip, in order. A command that takes
 * text owns the lines below it up to the next command, quotes and code included. Words that are
 * near none of ours (`/lgtm`, `/usr/bin`) belong to somebody else and are passed over.
 */
export function readComment(
  body: string,
  commands: readonly CommandDefinition[]
): readonly CommandLine[] {
  const found: CommandLine[] = []
  let open: OpenCommand | null = null
  for (const line of scanMarkdown(stripInvisible(body).replace(SPACES, ' ')).lines) {
    const seen = line.kind === 'text' ? recognise(line.text, commands) : null
    if (seen === null) {
      if (open?.definition.takesText) open.args.push(line.text)
      continue
    }
    if (open !== null) found.push(close(open))
    open = null
    const text = shorten(line.text.trim())
    if (seen.kind === 'mistake') {
      const { closest } = seen
      found.push({ kind: 'mistake', line: line.number, text, reason: 'unknown_command', closest })
    } else {
      open = { line: line.number, text, definition: seen.definition, args: [seen.args] }
    }
  }
  if (open !== null) found.push(close(open))
  return found
}

function recognise(line: string, commands: readonly CommandDefinition[]): Recognised | null {
  const slash = SLASH_WORD.exec(line)
  const word = slash?.[1]?.toLowerCase().replace(/[.,:;!?…]+$/u, '')
  if (word === undefined || !WORD.test(word)) return null
  const definition = commands.find(command => command.name === word)
  if (definition !== undefined)
    return { kind: 'command', definition, args: slash?.[2]?.trim() ?? '' }
  const closest = closestTo(word, commands)
  return closest === null ? null : { kind: 'mistake', closest }
}

/** The command that `word` is a slip of, as a person would write it; null when it is none of ours. */
function closestTo(word: string, commands: readonly CommandDefinition[]): string | null {
  for (const command of commands) {
    const meant = command.insteadOf?.[word]
    if (meant !== undefined) return meant
  }
  if (OF_OTHER_BOTS.has(word)) return null
  const name = nearest(
    word,
    commands.map(command => command.name)
  )
  const near = commands.find(command => command.name === name)
  return near === undefined ? null : near.example
}

function close(open: OpenCommand): CommandLine {
  const { line, text } = open
  const read = open.definition.read(open.args.join('\n').trimEnd())
  if (read.name !== 'mistake') return { kind: 'command', line, command: read }
  return { kind: 'mistake', line, text, reason: read.reason, closest: read.closest }
}

function shorten(text: string): string {
  const limit = 120
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
