/** How a command talks: data on stdout, talk on stderr, colour only where a person looks. */
import { styleText } from 'node:util'
import { AppError } from '#app/core/errors.ts'

type Style = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** What a command may know of its process; handed in by the bin, so that tests can hand in theirs. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Stream
  readonly stderr: Stream
}

/** Ends a command that has said all it has to say, with this exit code. */
export class ExitCode extends Error {
  readonly code: 1 | 2

  constructor(code: 1 | 2) {
    super(`exit code ${code}`)
    this.code = code
  }
}

export interface JsonOption {
  readonly json?: true
}

/** One value as one line, the last of stdout. */
export function printJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`)
}

export function print(io: Io, text: string): void {
  io.stdout.write(`${text}\n`)
}

export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`)
}

/** Colours for one stream: none off a terminal, none with NO_COLOR (no-color.org). */
export function painter(
  io: Io,
  stream: 'stdout' | 'stderr'
): (style: Style, text: string) => string {
  const plain = io[stream].isTTY !== true || (io.env.NO_COLOR ?? '') !== ''
  return (style, text) => (plain ? text : styleText(style, text, { validateStream: false }))
}

/** Writes an error as a person wants to read it, and answers the exit code: 2 for what the caller got wrong. */
export function reportError(io: Io, error: unknown, json: boolean): 1 | 2 {
  const known = error instanceof AppError
  const code = known ? error.code : 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  if (json) printJson(io, { ok: false, error: { code, message } })
  const paint = painter(io, 'stderr')
  say(io, `${paint('red', 'error')} ${paint('dim', code)} ${message}`)
  if (io.env.STAGEWRIGHT_LOG_LEVEL === 'debug' && error instanceof Error) say(io, stackOf(error))
  else if (!known) say(io, paint('dim', 'STAGEWRIGHT_LOG_LEVEL=debug shows where'))
  return code === 'CONFIG_INVALID' || code === 'INVALID_ARGUMENT' ? 2 : 1
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}

/** Columns wide enough for what stands in them; the last one is not padded. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map(row => (row[at] ?? '').length))
  )
  return rows
    .map(row =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
