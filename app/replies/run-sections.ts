/** Parts that the status comment and the check run share. */
import type { Isolation } from '#app/core/attempt.ts'
import { nextActions } from '#app/core/next-actions.ts'
import type { Locale } from '#app/core/run.ts'
import { isFinal } from '#app/core/run.ts'
import type { RunView } from '#app/core/run-view.ts'
import { secondsBetween } from '#app/core/run-view.ts'
import { cellCode, code, markdown, plain } from './escape.ts'
import { failure } from './failure.ts'
import { clockTime, duration, stageWord } from './words.ts'

const MAX_ATTEMPTS = 10

const TEXTS = {
  en: {
    columns: ['Stage', 'Attempt', 'Duration', 'Place', 'Next'],
    none: 'none needed',
    waiting: 'not started',
    place: {
      uid: 'a user of its own',
      container: 'a container',
      none: "⚠️ not isolated from this machine's user"
    },
    open: "⚠️ The agent's place is not isolated from this machine's user: it can read what that user can.",
    unknown: '—',
    said: 'Last from the agent',
    next: 'Next',
    pull: 'Pull request',
    reviewIt: 'Review it: merging accepts the work, “Request changes” sends it back to the agent.',
    unchanged: 'The agent found nothing to change, so there is no new commit. It says:',
    canceled: (by: string) => `Stopped by ${by}.`,
    timedOut: (after: string) =>
      `The run was stopped after ${after}, the most this stage may take. Splitting the issue often helps.`,
    leftOut: (count: number) =>
      `Comments left out of the prompt: ${count}. They are of people without rights here, or were edited after the trigger.`,
    notPushed: 'Nothing was pushed.',
    agent: 'Agent',
    model: 'model',
    effort: 'effort',
    refusedModel: (wished: string, used: string | null) =>
      `The label asks for the model ${wished}, which this Stagewright does not offer; ${used === null ? "the agent's own choice" : used} was used.`,
    resumed: 'The agent went on in its earlier session.',
    kept: (count: number) => `Reviews that wait for the next revise: ${count}.`
  },
  ru: {
    columns: ['Этап', 'Попытка', 'Длительность', 'Место', 'Дальше'],
    none: 'ничего не нужно',
    waiting: 'не начато',
    place: {
      uid: 'свой пользователь',
      container: 'контейнер',
      none: '⚠️ не изолировано от пользователя этой машины'
    },
    open: '⚠️ Место агента не изолировано от пользователя этой машины: ему доступно всё, что доступно этому пользователю.',
    unknown: '—',
    said: 'Последнее от агента',
    next: 'Дальше',
    pull: 'Pull request',
    reviewIt: 'Посмотрите его: слияние принимает работу, «Request changes» возвращает её агенту.',
    unchanged: 'Агент решил, что менять нечего, поэтому новых коммитов нет. Его слова:',
    canceled: (by: string) => `Остановлено по просьбе ${by}.`,
    timedOut: (after: string) =>
      `Запуск остановлен через ${after}: больше этому этапу нельзя. Часто помогает разделить задачу.`,
    leftOut: (count: number) =>
      `В промпт не вошли комментарии: ${count}. Их авторы не имеют прав в этом репозитории, или текст исправлен после запуска.`,
    notPushed: 'Ничего не отправлено.',
    agent: 'Агент',
    model: 'модель',
    effort: 'глубина рассуждений',
    refusedModel: (wished: string, used: string | null) =>
      `Метка просит модель ${wished}, которой на этом Stagewright нет; взята ${used === null ? 'та, что выбирает агент' : used}.`,
    resumed: 'Агент продолжил в своей прежней сессии.',
    kept: (count: number) => `Отзывы, которые ждут следующей доработки: ${count}.`
  }
} as const

/** One row an attempt, the newest last: stage, attempt, duration, place, next actions. */
export function attemptTable(view: RunView, locale: Locale): string {
  const texts = TEXTS[locale]
  const next = nextActions(view.run, locale)
    .commands.map(({ command }) => cellCode(command))
    .join(', ')
  const last = view.attempts.at(-1)?.number
  const rows = view.attempts
    .slice(-MAX_ATTEMPTS)
    .map(attempt => [
      cellCode(stageWord(view.run, locale)),
      String(attempt.number),
      duration(
        secondsBetween(attempt.startedAt, attempt.endedAt ?? view.run.finishedAt, view.now),
        locale
      ),
      placeWord(attempt.isolation, locale),
      attempt.number === last ? next || texts.none : ''
    ])
  const none = [
    cellCode(stageWord(view.run, locale)),
    texts.unknown,
    texts.waiting,
    texts.unknown,
    next || texts.none
  ]
  return [texts.columns, texts.columns.map(() => '---'), ...(rows.length > 0 ? rows : [none])]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function placeWord(isolation: Isolation | null, locale: Locale): string {
  const texts = TEXTS[locale]
  return isolation === null ? texts.unknown : texts.place[isolation]
}

/** A sentence when the newest attempt's place is open to this machine's user (decisions 26); else null. */
export function isolationNote(view: RunView, locale: Locale): string | null {
  return view.attempts.at(-1)?.isolation === 'none' ? TEXTS[locale].open : null
}

/** How it ended and what that means; null while it has not. */
export function outcome(view: RunView, locale: Locale): string | null {
  const { run } = view
  const texts = TEXTS[locale]
  switch (run.state) {
    case 'succeeded':
      if (run.reason === 'no_changes') return unchanged(view, locale)
      return view.pullRequestUrl === null ? null : texts.reviewIt
    case 'failed':
      return failure.render[locale]({ reason: run.reason, detail: run.detail })
    case 'canceled':
      return stopped(view, texts.canceled(code(run.cancelBy ?? 'stagewright')), locale)
    case 'timed_out':
      return stopped(view, texts.timedOut(duration(run.timeoutSeconds, locale)), locale)
    default:
      return null
  }
}

function stopped(view: RunView, sentence: string, locale: Locale): string {
  return view.run.headSha === null ? `${sentence} ${TEXTS[locale].notPushed}` : sentence
}

/** Why nothing was changed is the agent's to say: often it is the answer to the issue. */
function unchanged(view: RunView, locale: Locale): string {
  const said = markdown(view.run.result?.summary ?? '', 4_000)
  const quoted = (said === '' ? '—' : said).replaceAll('\n', '\n> ')
  return `${TEXTS[locale].unchanged}\n\n> ${quoted}`
}

export function pullRequestLine(view: RunView, locale: Locale): string | null {
  if (view.pullRequestUrl === null || view.run.pullRequest === null) return null
  return `${TEXTS[locale].pull}: [#${view.run.pullRequest}](${view.pullRequestUrl})`
}

/** What the agent said last, while it is at work. */
export function statusList(view: RunView, locale: Locale): string | null {
  if (view.statuses.length === 0 || isFinal(view.run.state)) return null
  const lines = view.statuses.map(({ at, text, times }) => {
    const repeated = times > 1 ? ` ×${times}` : ''
    return `- ${clockTime(at)}: ${plain(text, 200)}${repeated}`
  })
  return `**${TEXTS[locale].said}**\n${lines.join('\n')}`
}

export function nextSteps(view: RunView, locale: Locale): string | null {
  const lines = nextActions(view.run, locale).commands.map(
    ({ command, effect }) => `- ${code(command)} ${effect}`
  )
  return lines.length === 0 ? null : `**${TEXTS[locale].next}**\n${lines.join('\n')}`
}

/** What else a reader should know; each a sentence. */
export function notes(view: RunView, locale: Locale): string | null {
  const texts = TEXTS[locale]
  const { run } = view
  const refused = run.request.refusedModel ?? null
  const used = run.agent.model === null ? null : code(run.agent.model)
  const sentences = [
    ...(view.sessionResumed ? [texts.resumed] : []),
    ...(refused === null ? [] : [texts.refusedModel(code(refused), used)]),
    ...(run.request.commentsLeftOut > 0 ? [texts.leftOut(run.request.commentsLeftOut)] : []),
    ...(run.nextRevise.length > 0 && !isFinal(run.state) ? [texts.kept(run.nextRevise.length)] : [])
  ]
  return sentences.length === 0 ? null : sentences.join(' ')
}

/** Which agent works, with what model and effort as far as they are said. */
export function agentLine({ run }: RunView, locale: Locale): string {
  const texts = TEXTS[locale]
  const { name, model, reasoning } = run.agent
  return [
    `${texts.agent} ${code(name)}`,
    ...(model === null ? [] : [`${texts.model} ${code(model)}`]),
    ...(reasoning === null ? [] : [`${texts.effort} ${code(reasoning)}`])
  ].join(', ')
}

/** Paragraphs with an empty line between, those that are null left out. */
export function paragraphs(parts: ReadonlyArray<string | null>): string {
  return parts.filter(part => part !== null && part !== '').join('\n\n')
}
