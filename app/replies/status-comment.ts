import type { Locale } from '#app/core/run.ts'
import type { RunView } from '#app/core/run-view.ts'
import { secondsBetween } from '#app/core/run-view.ts'
import { code, fence, logText } from './escape.ts'
import { defineReply } from './reply.ts'
import {
  agentLine,
  isolationNote,
  nextSteps,
  notes,
  outcome,
  paragraphs,
  pullRequestLine,
  statusList
} from './run-sections.ts'
import { sampleViews } from './samples.ts'
import { duration, stageWord, stateWord } from './words.ts'

/** The one comment of a run, edited as it goes (decisions 37). The performer adds the hidden mark. */
export const statusComment = defineReply<RunView>({
  name: 'status-comment',
  samples: sampleViews(),
  render: {
    en: view => render(view, 'en', enLine),
    ru: view => render(view, 'ru', ruLine)
  }
})

const LAST_WORDS = 8

/** Why an agent failed stands in what it said last; the check run has more of it. */
function lastWords(view: RunView): string | null {
  if (view.run.reason !== 'agent_failed') return null
  const lines = logText(view.logTail).trimEnd().split('\n').slice(-LAST_WORDS)
  return lines.join('').trim() === '' ? null : fence(lines.join('\n'))
}

interface Line {
  readonly run: string
  readonly actor: string
  readonly agent: string
  readonly attempt: number
  readonly time: string | null
}

function render(view: RunView, locale: Locale, line: (line: Line) => string): string {
  const { run } = view
  const { icon, text } = stateWord(run, locale)
  const id = view.webUrl === null ? code(run.id) : `[${code(run.id)}](${view.webUrl})`
  const time =
    run.startedAt === null
      ? null
      : duration(secondsBetween(run.startedAt, run.finishedAt, view.now), locale)
  return paragraphs([
    `### ${icon} ${stageWord(run, locale)}: ${text}`,
    line({
      run: id,
      actor: code(run.actor),
      agent: agentLine(view, locale),
      attempt: run.attempt,
      time
    }),
    pullRequestLine(view, locale),
    outcome(view, locale),
    lastWords(view),
    statusList(view, locale),
    notes(view, locale),
    isolationNote(view, locale),
    nextSteps(view, locale)
  ])
}

function enLine({ run, actor, agent, attempt, time }: Line): string {
  const which = attempt > 1 ? `, attempt ${attempt}` : ''
  return `Run ${run}, asked for by ${actor}${which}${time === null ? '' : `, ${time}`}. ${agent}.`
}

function ruLine({ run, actor, agent, attempt, time }: Line): string {
  const which = attempt > 1 ? `, попытка ${attempt}` : ''
  return `Запуск ${run}, по просьбе ${actor}${which}${time === null ? '' : `, ${time}`}. ${agent}.`
}
