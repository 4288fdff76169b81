/** What a person can do next about a run: buttons of its check run, commands to copy from its comment. */
import type { Locale, Run } from './run.ts'
import { isFinal } from './run.ts'

/** GitHub's limits ("Checks", `actions`): three buttons; label 20, identifier 20, description 40 characters. */
export interface Button {
  readonly label: string
  readonly description: string
  /** `cancel:<turn>` or `retry:<turn>`: a late press does nothing to a newer attempt. */
  readonly identifier: string
}

export interface NextCommand {
  /** What to write into a comment. */
  readonly command: string
  /** What it does, as the end of a sentence. */
  readonly effect: string
}

export interface NextActions {
  readonly buttons: readonly Button[]
  readonly commands: readonly NextCommand[]
}

type RunState = Pick<Run, 'state' | 'attempt' | 'retries' | 'stage' | 'pullRequest' | 'cancelBy'>

const TEXTS = {
  en: {
    cancel: { label: 'Cancel', description: 'Stop this run. Its log stays.' },
    retry: { label: 'Retry', description: 'Try again as a new attempt.' },
    stop: 'stops the run',
    ask: 'shows where it is',
    again: 'tries again as a new attempt',
    revise: 'continues on the pull request',
    start: 'starts over',
    what: 'what to change'
  },
  ru: {
    cancel: { label: 'Отменить', description: 'Остановить запуск. Журнал сохранится.' },
    retry: { label: 'Повторить', description: 'Попробовать ещё раз, новой попыткой.' },
    stop: 'остановит запуск',
    ask: 'покажет, что происходит',
    again: 'попробует ещё раз, новой попыткой',
    revise: 'продолжит работу в pull request',
    start: 'начнёт заново',
    what: 'что изменить'
  }
} as const

/** What a button is drawn for: the attempt, and how often a person asked for another before it began. */
export function turnOf(run: Pick<Run, 'attempt' | 'retries'>): string {
  return `${run.attempt}.${run.retries}`
}

/** Buttons and commands that make sense in the run's state; none that the rules would refuse. */
export function nextActions(run: RunState, locale: Locale): NextActions {
  const texts = TEXTS[locale]
  if (!isFinal(run.state)) {
    // A cancel that was asked for already is on its way.
    if (run.cancelBy !== null) return { buttons: [], commands: [] }
    return {
      buttons: [{ ...texts.cancel, identifier: `cancel:${turnOf(run)}` }],
      commands: [
        { command: '/cancel', effect: texts.stop },
        { command: '/status', effect: texts.ask }
      ]
    }
  }
  const revise = { command: `/revise ${texts.what}`, effect: texts.revise }
  if (run.state === 'succeeded') {
    const start = { command: `/run ${run.stage}`, effect: texts.start }
    return { buttons: [], commands: [run.pullRequest === null ? start : revise] }
  }
  return {
    buttons: [{ ...texts.retry, identifier: `retry:${turnOf(run)}` }],
    commands: [
      { command: '/retry', effect: texts.again },
      ...(run.pullRequest === null ? [] : [revise])
    ]
  }
}
