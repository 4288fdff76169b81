/** The sections of a pull request's body, for stages that hand in code (product spec 3.10, writing contracts). */
import type { StageResult } from '#app/core/result.ts'
import type { Locale, Run } from '#app/core/run.ts'
import { code, inline, markdown, plain } from './escape.ts'

interface Part {
  readonly run: Run
  readonly result: StageResult
}

/** How much fits: everything, a shorter version, or one sentence. */
export type Size = 'whole' | 'short' | 'mention'

const LIMITS = {
  whole: { summary: 15_000, items: 15, item: 400 },
  short: { summary: 4_000, items: 3, item: 200 },
  mention: { summary: 0, items: 0, item: 0 }
} as const

const TEXTS = {
  en: {
    context: 'Context',
    basis: 'Basis',
    idea: 'Main idea',
    done: 'What was done',
    checks: 'Checks',
    risks: 'Risks',
    questions: 'Questions',
    next: 'Next step',
    issue: (issue: string) => `Work on ${issue}.`,
    asked: (actor: string, run: string, agent: string) =>
      `Asked for by ${actor}; made by the agent ${agent} in run ${run}.`,
    from: (sha: string) => `Based on commit ${sha}.`,
    wish: 'Asked for in words',
    noIdea: 'The agent recorded no decisions of its own.',
    files: 'Files to look at first',
    said: 'As the agent reports them:',
    outcome: { passed: '✅ passed', failed: '❌ failed', not_run: '⚪ not run' },
    noChecks: 'The agent reported no checks: take this as **not tested**.',
    noRisks: 'None named.',
    noQuestions: 'None.',
    review:
      'Review and merge. “Request changes” or `/revise what to change` sends it back to the agent, on this same pull request.',
    later: 'Left for other issues',
    more: (count: number) => `… and ${count} more`,
    revised: 'Revise',
    worked: 'Further work',
    answers: (count: number, who: string) => `Answers ${count} review remarks of ${who}.`
  },
  ru: {
    context: 'Контекст',
    basis: 'Основание',
    idea: 'Главная мысль',
    done: 'Что сделано',
    checks: 'Проверки',
    risks: 'Риски',
    questions: 'Вопросы',
    next: 'Следующий шаг',
    issue: (issue: string) => `Работа по задаче ${issue}.`,
    asked: (actor: string, run: string, agent: string) =>
      `По просьбе ${actor}; сделал агент ${agent} в запуске ${run}.`,
    from: (sha: string) => `Исходный коммит — ${sha}.`,
    wish: 'Пожелание словами',
    noIdea: 'Собственных решений агент не записал.',
    files: 'С каких файлов начать',
    said: 'По словам агента:',
    outcome: { passed: '✅ пройдена', failed: '❌ не пройдена', not_run: '⚪ не выполнялась' },
    noChecks: 'О проверках агент не сообщил: считайте, что это **не проверено**.',
    noRisks: 'Не названы.',
    noQuestions: 'Нет.',
    review:
      'Посмотреть и влить. «Request changes» или `/revise что изменить` вернут работу агенту, в этот же pull request.',
    later: 'Оставлено для других задач',
    more: (count: number) => `… и ещё ${count}`,
    revised: 'Доработка',
    worked: 'Продолжение работы',
    answers: (count: number, who: string) => `Ответ на замечания (${count}), автор — ${who}.`
  }
} as const

/** The body of a new pull request, without its closing line. */
export function pullRequestSections(part: Part, locale: Locale, size: Size): string {
  const { run, result } = part
  const texts = TEXTS[locale]
  const { number, title } = run.request.issue
  return [
    section(texts.context, [texts.issue(`#${number}: ${plain(title, 200)}`)]),
    section(texts.basis, basis(run, locale)),
    section(texts.idea, [list(result.decisions, size, locale) ?? texts.noIdea]),
    section(texts.done, done(result, size, locale)),
    section(texts.checks, checks(result, locale)),
    section(texts.risks, [list(result.risks, size, locale) ?? texts.noRisks]),
    section(texts.questions, [list(result.questions, size, locale) ?? texts.noQuestions]),
    section(texts.next, next(result, size, locale))
  ].join('\n\n')
}

/** What one more run adds to an open pull request. */
export function pullRequestBlock(part: Part, locale: Locale, size: Size): string {
  const { run, result } = part
  const texts = TEXTS[locale]
  const heading = `### ${run.kind === 'revise' ? texts.revised : texts.worked} ${code(run.id)}`
  const asked = basis(run, locale).join('\n\n')
  if (size === 'mention') return `${heading}\n\n${asked}`
  const lists = [
    [texts.idea, list(result.decisions, size, locale)],
    [texts.risks, list(result.risks, size, locale)],
    [texts.questions, list(result.questions, size, locale)]
  ].flatMap(([name, items]) => (items === null ? [] : [`**${name}**\n${items}`]))
  return [
    heading,
    asked,
    ...done(result, size, locale),
    `**${texts.checks}**`,
    ...checks(result, locale),
    ...lists
  ].join('\n\n')
}

function section(name: string, parts: readonly string[]): string {
  return [`### ${name}`, ...parts].join('\n\n')
}

function basis(run: Run, locale: Locale): readonly string[] {
  const texts = TEXTS[locale]
  const { instruction, review } = run.request
  const who = [...new Set(review.map(text => text.author))].map(author => code(author)).join(', ')
  const first = [
    texts.asked(code(run.actor), code(run.id), code(run.agent.name)),
    ...(run.baseSha === null ? [] : [texts.from(code(run.baseSha.slice(0, 7)))]),
    ...(review.length === 0 ? [] : [texts.answers(review.length, who)])
  ].join(' ')
  return instruction === '' ? [first] : [first, `${texts.wish}: ${inline(instruction, 500)}`]
}

function done(result: StageResult, size: Size, locale: Locale): readonly string[] {
  const texts = TEXTS[locale]
  const files = result.artefacts.map(({ path, description }) =>
    description === '' ? code(path) : `${code(path)}: ${inline(description, LIMITS[size].item)}`
  )
  const named = bullets(files, size, locale)
  return [
    markdown(result.summary, LIMITS[size].summary),
    ...(named === null ? [] : [`${texts.files}:\n${named}`])
  ]
}

/** What was not checked is said as such. */
function checks(result: StageResult, locale: Locale): readonly string[] {
  const texts = TEXTS[locale]
  if (result.checks.length === 0) return [texts.noChecks]
  const lines = result.checks.map(
    check => `- ${code(check.command)}: ${texts.outcome[check.outcome]}`
  )
  return [`${texts.said}\n${lines.join('\n')}`]
}

function next(result: StageResult, size: Size, locale: Locale): readonly string[] {
  const texts = TEXTS[locale]
  const later = list(result.follow_ups, size, locale)
  return [texts.review, ...(later === null ? [] : [`${texts.later}:\n${later}`])]
}

function list(items: readonly string[], size: Size, locale: Locale): string | null {
  return bullets(
    items.map(item => inline(item, LIMITS[size].item)),
    size,
    locale
  )
}

function bullets(items: readonly string[], size: Size, locale: Locale): string | null {
  if (items.length === 0) return null
  const shown = items.slice(0, LIMITS[size].items).map(item => `- ${item}`)
  const more = items.length - shown.length
  return [...shown, ...(more > 0 ? [`- ${TEXTS[locale].more(more)}`] : [])].join('\n')
}
