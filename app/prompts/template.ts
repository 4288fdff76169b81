/** What a prompt is made of: words of ours by stage, kind and language, and the envelope around them. */
import { AppError } from '#app/core/errors.ts'
import type { Locale } from '#app/core/run.ts'
import type { RunKind, StageName } from '#app/core/stage.ts'

/** `name` and `version` are recorded with every run; a change of words raises the version. */
export interface PromptTemplate {
  readonly name: string
  readonly stage: StageName
  readonly kind: RunKind
  readonly locale: Locale
  readonly version: number
  /** Who the agent is. */
  readonly role: string
  /** What it is to do, step by step. */
  readonly task: string
  /** When it is done. */
  readonly completion: string
}

/** The parts of every prompt, whatever the stage. `{name}` marks are filled in by the assembler. */
export interface Envelope {
  readonly locale: Locale
  readonly version: number
  readonly run: string
  readonly place: string
  readonly scope: { readonly all: string; readonly some: string; readonly protect: string }
  readonly role: string
  readonly task: string
  readonly data: string
  readonly issue: string
  readonly comments: string
  readonly noComments: string
  readonly leftOut: string
  readonly review: string
  readonly noReview: string
  readonly instruction: string
  readonly parent: string
  readonly rules: string
  readonly handBack: string
  readonly completion: string
  readonly cut: {
    readonly notice: string
    readonly text: string
    readonly comments: string
    readonly review: string
  }
}

/**
 * Fills `{name}` marks in one pass, so that what is filled in is never read as a mark again.
 * Throws INTERNAL when a template names a value that nobody gives.
 */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{([a-z][A-Za-z]*)\}/g, (_mark, name: string) => {
    const value = values[name]
    if (value === undefined) {
      throw new AppError('INTERNAL', `filling in a prompt template: no value for {${name}}`)
    }
    return String(value)
  })
}
