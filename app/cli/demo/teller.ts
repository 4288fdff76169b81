/** The story as a person reads it: one line a step, with the time since the start. */
import { type Io, painter } from '#app/cli/io.ts'
import { AppError } from '#app/core/errors.ts'
import { createFold } from './fold.ts'
import { type Step, StoryFailure } from './step.ts'

export interface Teller {
  tell(step: Step): void
  /** A line beside the story. */
  note(text: string): void
  /** The end of the app's log, on stderr, after a failure. */
  log(text: string): void
}

const LABEL_WIDTH = 13

/** Writes to `stream`; the name of a step stands once above the lines that belong to it. */
export function createTeller(io: Io, stream: 'stdout' | 'stderr', startedAt = Date.now()): Teller {
  const paint = painter(io, stream)
  const line = (label: string, text: string): void => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)
    io[stream].write(
      `${paint('dim', `${seconds} s`)}  ${paint('cyan', label.padEnd(LABEL_WIDTH))}${text}\n`
    )
  }
  const below = (text: string): void => void io[stream].write(`${' '.repeat(10)}${text}\n`)
  const diffLine = (text: string): string => {
    if (text.startsWith('+') && !text.startsWith('+++')) return paint('green', text)
    if (text.startsWith('-') && !text.startsWith('---')) return paint('red', text)
    return paint('dim', text)
  }
  const fold = createFold()
  const logLines = (lines: readonly string[]): void => {
    for (const one of lines) below(paint('dim', `│ ${one}`))
  }
  return {
    tell({ name, text, where, detail }) {
      if (name === 'line') return logLines(fold.next(text))
      logLines(fold.rest())
      line(name, where === undefined ? text : `${text}  ${paint('dim', where)}`)
      if (detail === undefined) return
      for (const one of detail.trimEnd().split('\n')) below(`  ${diffLine(one)}`)
    },
    note: text => line('', text),
    log(text) {
      if (text === '') return
      io.stderr.write('last lines of the app:\n')
      for (const one of text.split('\n')) io.stderr.write(`  ${one}\n`)
    }
  }
}

/** The same failure with a code, and with the step and what was expected in its message. */
export function named(error: unknown): AppError {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  const where =
    error instanceof StoryFailure ? ` at "${error.step}": expected ${error.expected}, but ` : ': '
  return new AppError('FAILED_PRECONDITION', `telling the demo${where}${message}`, { cause: error })
}
