import type { CommandDefinition } from '#app/core/decision.ts'
import type { LabelNames } from '#app/core/labels.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import type { Locale } from '#app/core/run.ts'
import type { StageName } from '#app/core/stage.ts'
import { cellCode, code } from './escape.ts'
import { defineReply } from './reply.ts'

export interface CommandHelpInput {
  readonly commands: ReadonlyArray<Pick<CommandDefinition, 'usage' | 'summary'>>
  readonly labels: LabelNames
  /** Stages that are switched on; `dev` when not said. */
  readonly stages?: readonly StageName[]
}

const TEXTS = {
  en: {
    intro: 'Write a command as the first word of a line in a comment, up to five a comment:',
    columns: ['Command', 'What it does'],
    labels: (start: string, revise: string) =>
      `Or use labels: ${start} starts a stage, ${revise} revises its pull request. A label stays on while its run is active; taking it off stops the run.`,
    review: 'On the pull request, a review with “Request changes” starts a revise by itself.'
  },
  ru: {
    intro: 'Команда — первое слово строки в комментарии, до пяти команд в одном комментарии:',
    columns: ['Команда', 'Что делает'],
    labels: (start: string, revise: string) =>
      `Можно и метками: ${start} запускает этап, ${revise} дорабатывает его pull request. Метка остаётся, пока запуск идёт; снять её — значит остановить запуск.`,
    review: 'Отзыв «Request changes» на pull request сам запускает доработку.'
  }
} as const

/** The answer to `/help`, made from the commands themselves. */
export const commandHelp = defineReply<CommandHelpInput>({
  name: 'command-help',
  samples: {
    'two commands': {
      commands: [
        {
          usage: '/run <stage> [revise] [text]',
          summary: { en: 'Start a stage.', ru: 'Запустить этап.' }
        },
        { usage: '/help', summary: { en: 'List commands.', ru: 'Показать команды.' } }
      ],
      labels: defaultLabelNames()
    }
  },
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render({ commands, labels, stages }: CommandHelpInput, locale: Locale): string {
  const texts = TEXTS[locale]
  const rows = commands.map(({ usage, summary }) => [cellCode(usage), summary[locale]])
  const table = [texts.columns, ['---', '---'], ...rows].map(cells => `| ${cells.join(' | ')} |`)
  const names = stages ?? ['dev']
  const start = names.map(stage => code(labels.run[stage])).join(', ')
  const revise = names.map(stage => code(labels.revise[stage])).join(', ')
  return [texts.intro, table.join('\n'), texts.labels(start, revise), texts.review].join('\n\n')
}
