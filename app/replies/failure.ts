import type { Locale } from '#app/core/run.ts'
import { FAILURE_REASONS } from '#app/core/run.ts'
import { code } from './escape.ts'
import { failureText } from './failure-texts.ts'
import { defineReply } from './reply.ts'

export interface FailureInput {
  /** A `FailureReason`; another word is said as it is. */
  readonly reason: string | null
  /** Lines as the gate writes them, or one sentence; shown as code. */
  readonly detail: string | null
}

/** What the gate writes in brackets behind a path, for people. */
const NOTES = {
  en: {
    unsafe: 'an unsafe path',
    protected: 'protected',
    link: 'a symbolic link',
    submodule: 'a submodule',
    outside: 'outside of the stage’s paths'
  },
  ru: {
    unsafe: 'небезопасный путь',
    protected: 'защищён',
    link: 'символическая ссылка',
    submodule: 'подмодуль',
    outside: 'вне путей этапа'
  }
} as const

const COUNTS = {
  en: {
    files: 'Changed files',
    total: 'All changes together',
    more: (count: string) => `and ${count} more`
  },
  ru: {
    files: 'Изменено файлов',
    total: 'Все изменения вместе',
    more: (count: string) => `и ещё ${count}`
  }
} as const

const MAX_LINES = 21

/** What a failure is in a few words: at most 40 characters. */
export function failureTitle(reason: string | null, locale: Locale): string {
  return failureText(reason, locale).short
}

export const failure = defineReply<FailureInput>({
  name: 'failure',
  samples: {
    ...Object.fromEntries(FAILURE_REASONS.map(reason => [reason, { reason, detail: null }])),
    'paths of a violation': {
      reason: 'scope_violation',
      detail: '.github/workflows/ci.yml (protected)\nlib (submodule)\n+7'
    },
    sizes: { reason: 'too_large', detail: 'files: 812 > 300\ndist/a.bin (12 MiB > 5 MiB)' },
    'a reason of a later version': { reason: 'budget_exceeded', detail: '$4.20 > $4.00' }
  },
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render({ reason, detail }: FailureInput, locale: Locale): string {
  const { what, remedy } = failureText(reason, locale)
  const lines = (detail ?? '').split('\n').filter(line => line.trim() !== '')
  const shown = lines.slice(0, MAX_LINES).map(line => `- ${detailLine(line, locale)}`)
  const rest = lines.length - shown.length
  const named = rest > 0 ? [...shown, `- ${COUNTS[locale].more(String(rest))}`] : shown
  const list = named.length > 0 ? `\n\n${named.join('\n')}` : ''
  const word = reason === null ? '' : ` (${code(reason)})`
  return `${what}${word}${list}\n\n${remedy}`
}

/** A line of the gate in words: `path (note)`, `files: 3 > 2`, `+4`; any other line as code. */
function detailLine(line: string, locale: Locale): string {
  const counts = COUNTS[locale]
  const more = /^\+(\d+)$/.exec(line)
  if (more !== null) return counts.more(more[1] ?? '')
  const count = /^(files|total): (.+)$/.exec(line)
  if (count !== null) {
    return `${count[1] === 'files' ? counts.files : counts.total}: ${code(count[2] ?? '')}`
  }
  const noted = /^(.+) \(([^()]+)\)$/.exec(line)
  if (noted === null) return code(line, 600)
  const notes: Readonly<Record<string, string>> = NOTES[locale]
  const note = noted[2] ?? ''
  return `${code(noted[1] ?? '')}: ${notes[note] ?? code(note)}`
}
