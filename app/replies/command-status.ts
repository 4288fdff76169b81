import type { Locale, Run } from '#app/core/run.ts'
import { code } from './escape.ts'
import { failureTitle } from './failure.ts'
import { defineReply } from './reply.ts'
import { sampleRun } from './samples.ts'
import { clockTime, stageWord, stateWord } from './words.ts'

export interface CommandStatusInput {
  /** The newest run; null when there was none. */
  readonly run: Run | null
  /** `owner/name`. */
  readonly repository: string
  readonly active: boolean
}

const TEXTS = {
  en: {
    none: `No run on this issue yet. Start one with ${code('/run dev')}.`,
    run: (id: string, actor: string) => `run ${id}, asked for by ${actor}`,
    attempt: (number: number) => `attempt ${number}`,
    since: (at: string) => `since ${at}`,
    pull: 'pull request',
    next: {
      active: `Stop it with ${code('/cancel')}.`,
      retry: `Try again with ${code('/retry')}.`,
      revise: `For changes write ${code('/revise what to change')}.`,
      start: `Start over with ${code('/run dev')}.`
    }
  },
  ru: {
    none: `По этой задаче запусков ещё не было. Начать: ${code('/run dev')}.`,
    run: (id: string, actor: string) => `запуск ${id}, по просьбе ${actor}`,
    attempt: (number: number) => `попытка ${number}`,
    since: (at: string) => `с ${at}`,
    pull: 'pull request',
    next: {
      active: `Остановить: ${code('/cancel')}.`,
      retry: `Попробовать ещё раз: ${code('/retry')}.`,
      revise: `Если нужны изменения: ${code('/revise что изменить')}.`,
      start: `Начать заново: ${code('/run dev')}.`
    }
  }
} as const

/** The answer to `/status`: one line of facts, one of what to do. */
export const commandStatus = defineReply<CommandStatusInput>({
  name: 'command-status',
  samples: {
    'no run': { run: null, repository: 'acme/calc', active: false },
    'at work': { run: sampleRun(), repository: 'acme/calc', active: true },
    failed: {
      run: sampleRun({ state: 'failed', reason: 'scope_violation', attempt: 2 }),
      repository: 'acme/calc',
      active: false
    },
    succeeded: {
      run: sampleRun({ state: 'succeeded', pullRequest: 12 }),
      repository: 'acme/calc',
      active: false
    },
    'nothing to change': {
      run: sampleRun({ state: 'succeeded', reason: 'no_changes' }),
      repository: 'acme/calc',
      active: false
    }
  },
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render({ run, active }: CommandStatusInput, locale: Locale): string {
  const texts = TEXTS[locale]
  if (run === null) return texts.none
  const { icon, text } = stateWord(run, locale)
  const why = run.state === 'failed' ? ` (${failureTitle(run.reason, locale)})` : ''
  const facts = [
    texts.run(code(run.id), code(run.actor)),
    ...(run.attempt > 1 ? [texts.attempt(run.attempt)] : []),
    ...(active && run.startedAt !== null ? [texts.since(clockTime(run.startedAt))] : []),
    ...(run.pullRequest === null ? [] : [`${texts.pull} #${run.pullRequest}`])
  ]
  return `${icon} **${stageWord(run, locale)}: ${text}**${why}: ${facts.join(', ')}. ${next(run, active, locale)}`
}

function next(run: Run, active: boolean, locale: Locale): string {
  const words = TEXTS[locale].next
  if (active) return words.active
  if (run.state !== 'succeeded') return words.retry
  return run.pullRequest === null ? words.start : words.revise
}
