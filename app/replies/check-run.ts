import type { Button } from '#app/core/next-actions.ts'
import { nextActions } from '#app/core/next-actions.ts'
import type { Locale, Run } from '#app/core/run.ts'
import { isFinal } from '#app/core/run.ts'
import type { RunView } from '#app/core/run-view.ts'
import { code, fence, logText } from './escape.ts'
import { failureTitle } from './failure.ts'
import { defineReply } from './reply.ts'
import {
  attemptTable,
  isolationNote,
  notes,
  outcome,
  paragraphs,
  pullRequestLine,
  statusList
} from './run-sections.ts'
import { sampleViews } from './samples.ts'
import { stageWord, stateWord } from './words.ts'

export interface CheckRunInput {
  readonly view: RunView
  /** The commit that this check run stands on. */
  readonly sha: string
  /** The commit on which the run's check goes on: this one is completed with a link (decisions 36). */
  readonly movedTo: string | null
}

export interface CheckRunText {
  readonly name: string
  readonly headSha: string
  readonly externalId: string
  readonly status: 'queued' | 'in_progress' | 'completed'
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out' | 'neutral' | null
  readonly title: string
  readonly summary: string
  readonly text: string
  readonly startedAt: string
  readonly completedAt: string | null
  readonly detailsUrl: string | null
  readonly actions: readonly Button[]
}

/** Summary and text together; GitHub refuses more in one field ("Checks", `output`), in characters. */
export const MAX_OUTPUT = 65_535
const MAX_TITLE = 60

const TEXTS = {
  en: {
    attempt: 'attempt',
    log: 'Last lines of the log',
    noLog: 'The log is empty so far.',
    movedTitle: 'continues on the pull request’s commit',
    moved: (commit: string) =>
      `The work was pushed as ${commit}. The check of this run stands on that commit now.`
  },
  ru: {
    attempt: 'попытка',
    log: 'Последние строки журнала',
    noLog: 'Журнал пока пуст.',
    movedTitle: 'продолжается на коммите pull request',
    moved: (commit: string) =>
      `Работа отправлена коммитом ${commit}. Проверка этого запуска теперь стоит на нём.`
  }
} as const

/** The check run of one commit: state, table, log and buttons. */
export const checkRun = defineReply<CheckRunInput, CheckRunText>({
  name: 'check-run',
  samples: {
    ...Object.fromEntries(
      Object.entries(sampleViews()).map(([name, view]) => [
        name,
        { view, sha: sha(1), movedTo: null }
      ])
    ),
    moved: { view: sampleOf('succeeded'), sha: sha(1), movedTo: sha(2) }
  },
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render(input: CheckRunInput, locale: Locale): CheckRunText {
  const { view, sha: headSha, movedTo } = input
  const { run } = view
  const common = {
    name: `stagewright ${run.stage}`,
    headSha,
    externalId: run.id,
    startedAt: run.startedAt ?? run.createdAt,
    detailsUrl: view.detailsUrl
  }
  if (movedTo !== null) return { ...common, ...moved(view, movedTo, locale) }
  const summary = summaryOf(view, locale)
  return {
    ...common,
    ...stateOf(run, view.now),
    title: title(view, locale),
    summary,
    text: logSection(view, MAX_OUTPUT - summary.length, locale),
    actions: nextActions(run, locale).buttons
  }
}

type Moved = Omit<CheckRunText, 'name' | 'headSha' | 'externalId' | 'startedAt' | 'detailsUrl'>

function moved(view: RunView, to: string, locale: Locale): Moved {
  const texts = TEXTS[locale]
  const home = view.run.request.issue.url.replace(/\/issues\/\d+$/, '')
  return {
    status: 'completed',
    conclusion: 'neutral',
    title: clip(`${stageWord(view.run, locale)}: ${texts.movedTitle}`),
    summary: paragraphs([
      texts.moved(`[${code(to.slice(0, 7))}](${home}/commit/${to})`),
      pullRequestLine(view, locale)
    ]),
    text: '',
    completedAt: view.run.finishedAt ?? view.now,
    actions: []
  }
}

function stateOf(
  run: Run,
  now: string
): Pick<CheckRunText, 'status' | 'conclusion' | 'completedAt'> {
  if (!isFinal(run.state)) {
    const status = run.state === 'pending' ? 'queued' : 'in_progress'
    return { status, conclusion: null, completedAt: null }
  }
  return { status: 'completed', conclusion: conclusionOf(run), completedAt: run.finishedAt ?? now }
}

function conclusionOf(run: Run): CheckRunText['conclusion'] {
  switch (run.state) {
    case 'succeeded':
      return run.reason === 'no_changes' ? 'neutral' : 'success'
    case 'canceled':
      return 'cancelled'
    case 'timed_out':
      return 'timed_out'
    default:
      return 'failure'
  }
}

function title(view: RunView, locale: Locale): string {
  const { run } = view
  const what =
    run.state === 'failed' ? failureTitle(run.reason, locale) : stateWord(run, locale).text
  const attempt = run.attempt > 1 ? ` (${TEXTS[locale].attempt} ${run.attempt})` : ''
  const head = `${stageWord(run, locale)}: ${what}`
  return `${clip(head, MAX_TITLE - attempt.length)}${attempt}`
}

function summaryOf(view: RunView, locale: Locale): string {
  return paragraphs([
    attemptTable(view, locale),
    pullRequestLine(view, locale),
    outcome(view, locale),
    statusList(view, locale),
    notes(view, locale),
    isolationNote(view, locale)
  ])
}

/** As many of the log's last lines as fit; the longest line is cut rather than left out. */
function logSection(view: RunView, room: number, locale: Locale): string {
  const texts = TEXTS[locale]
  let log = logText(view.logTail)
  if (log === '') return texts.noLog
  const render = (): string => `**${texts.log}**\n\n${fence(log)}`
  for (let text = render(); text.length > room && log !== ''; text = render()) {
    // The fence grows and shrinks with what is in it, so no more than half goes at once.
    const over = Math.min(text.length - room, Math.ceil(log.length / 2))
    const from = log.indexOf('\n', over)
    log = from === -1 ? log.slice(over) : log.slice(from + 1)
  }
  return log === '' ? texts.noLog : render()
}

function clip(text: string, limit: number = MAX_TITLE): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).trimEnd()}…`
}

function sha(digit: number): string {
  return String(digit).repeat(40)
}

function sampleOf(name: string): RunView {
  const view = sampleViews()[name]
  if (view === undefined) throw new Error(`there is no sample view "${name}"`)
  return view
}
