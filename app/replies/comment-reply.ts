import type { CommandDefinition, Refusal } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import type { LabelNames } from '#app/core/labels.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import type { Locale } from '#app/core/run.ts'
import type { StageName } from '#app/core/stage.ts'
import { commandHelp } from './command-help.ts'
import { refusalText } from './refused.ts'
import { defineReply } from './reply.ts'

/** What one command of the comment came to, as far as it needs words. */
export type CommentPart =
  /** `line` of the comment, counted from 1; 0 for the comment as a whole. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly line: number }
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'help' }

export interface CommentReplyInput {
  readonly parts: readonly CommentPart[]
  readonly actor: string
  readonly commands: ReadonlyArray<Pick<CommandDefinition, 'usage' | 'summary'>>
  readonly labels: LabelNames
  readonly stages?: readonly StageName[]
}

const LINE = { en: 'Line', ru: 'Строка' } as const

/** The one reply to a comment, however many commands it holds (decisions 10a). */
export const commentReply = defineReply<CommentReplyInput>({
  name: 'comment-reply',
  samples: {
    'a slip': sampleOf([
      {
        kind: 'refused',
        refusal: refuse('unknown_command', { text: '/rnu dev', closest: '/run dev' }),
        line: 1
      }
    ]),
    'several commands': sampleOf([
      { kind: 'refused', refusal: refuse('run_active', { run: 'k3v9q2m7x4ab' }), line: 1 },
      { kind: 'refused', refusal: refuse('no_run'), line: 4 },
      { kind: 'help' },
      {
        kind: 'refused',
        refusal: refuse('too_many_commands', { rest: '/status, /retry' }),
        line: 0
      }
    ])
  },
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

/** Answers of the same words are given once; several refusals become a list that names their lines. */
function render(input: CommentReplyInput, locale: Locale): string {
  const { parts } = input
  const refusals = parts.flatMap(part => (part.kind === 'refused' ? [part] : []))
  const lines = refusals.map(({ refusal, line }) => {
    const text = refusalText(refusal, locale, input.labels)
    return line > 0 && parts.length > 1 ? `${LINE[locale]} ${line}: ${text}` : text
  })
  const list =
    lines.length > 1
      ? lines.map(line => `- ⚠️ ${line}`).join('\n')
      : lines.map(line => `⚠️ ${line}`).join('')
  const statuses = parts.flatMap(part => (part.kind === 'status' ? [part.text] : []))
  const help = parts.some(part => part.kind === 'help') ? [commandHelp.render[locale](input)] : []
  return [...new Set([...statuses, list, ...help])].filter(text => text !== '').join('\n\n')
}

function sampleOf(parts: readonly CommentPart[]): CommentReplyInput {
  const commands = [{ usage: '/help', summary: { en: 'List commands.', ru: 'Показать команды.' } }]
  return { parts, actor: 'alice', commands, labels: defaultLabelNames() }
}
