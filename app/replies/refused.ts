import type { Refusal, RefusalReason } from '#app/core/decision.ts'
import { REFUSAL_REASONS } from '#app/core/decision.ts'
import type { LabelNames } from '#app/core/labels.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import type { Locale } from '#app/core/run.ts'
import { code } from './escape.ts'
import { defineReply } from './reply.ts'

export interface RefusedInput {
  readonly refusal: Refusal
  /** Login of the person who asked. */
  readonly actor: string
  readonly labels: LabelNames
}

/** A value of the refusal as code; the fallback, plain words, when it does not say. */
type Value = (name: string, fallback: string) => string
type Sentence = (value: Value, labels: LabelNames) => string

/** Each reason: what is in the way, then what to do about it. */
const EN: Readonly<Record<RefusalReason, Sentence>> = {
  sender_type_not_permitted: value =>
    `Only people can start work here, and ${value('login', 'the sender')} is a ${value('type', 'bot')}. Please have a person put the label on or write the command.`,
  sender_not_allowed: value =>
    `${value('login', 'You')} may not start work in this project. It takes write access to this repository or the role ${code('read_write')} in the project; a project admin can give it.`,
  stage_disabled: value =>
    `The stage ${value('stage', 'asked for')} is not switched on here. Available now: ${value('stages', 'see `/help`')}. An admin of this Stagewright can switch on more.`,
  stage_not_revisable: (value, labels) =>
    `The stage ${value('stage', 'asked for')} has no revise. Start it anew with its own label, like ${code(labels.run.dev)} for ${code('dev')}.`,
  issue_trigger_label_conflict: value =>
    `Several labels on this issue ask for a run: ${value('labels', 'two or more')}. Take all of them off and put on the one you want.`,
  agent_label_conflict: value =>
    `Several labels ask for one thing about the agent: ${value('labels', 'two models or two efforts')}. Leave the one you want and ask again.`,
  agent_unknown: value =>
    `The agent ${value('agent', 'asked for')} is not set up on this Stagewright, so nothing was started. Its admin can add it to the configuration.`,
  run_active: value =>
    `A run is active on this issue already: ${value('run', 'see its status comment')}. Wait until it ends, or stop it with ${code('/cancel')} and ask again.`,
  'run.revise.pr_not_found': (value, labels) =>
    `There is no open pull request to revise on this issue. Start the work with ${code('/run dev')} or the label ${value('label', code(labels.run.dev))}; once its pull request is open, a revise continues it.`,
  branch_taken: value =>
    `The branch ${value('branch', 'of this issue')} holds unmerged commits of ${value('author', 'somebody else')}, and I will not replace them. Open a pull request from that branch so that the work goes on from there, or delete the branch; then ask again.`,
  issue_closed: value =>
    `The issue ${value('issue', 'behind this')} is closed, so nothing was started. Reopen it and ask again.`,
  issue_not_resolved: () =>
    `I cannot tell which issue this pull request belongs to, so nothing was started. Write the command on the issue itself.`,
  no_active_run: () =>
    `There is no active run on this issue, so there is nothing to stop. ${code('/status')} shows the last one.`,
  no_run: () => `There has been no run on this issue yet. ${code('/run dev')} starts one.`,
  run_not_failed: value =>
    `The last run ${value('run', 'of this issue')} succeeded, so there is nothing to try again. For changes use ${code('/revise what to change')}.`,
  run_superseded: value =>
    `Run ${value('run', 'of this check')} is not the newest on this issue any more; ${value('newest', 'another')} is. ${code('/retry')} and ${code('/revise')} go on from that one.`,
  comment_edited: () =>
    `Commands in an edited comment are not carried out, since others may have agreed to different words. Write the command in a new comment.`,
  unknown_command: value =>
    `I do not know ${value('text', 'this command')}. Did you mean ${value('closest', '`/help`')}?`,
  unknown_stage: value =>
    `${value('text', 'The command')} names a stage that I do not know. Did you mean ${value('closest', '`/run dev`')}?`,
  bad_arguments: value =>
    `I cannot make sense of ${value('text', 'this command')}. Write it like ${value('closest', '`/run dev`')}, alone on its line; ${code('/help')} lists what each command takes.`,
  too_many_commands: value =>
    `A comment may hold five commands. Not done: ${value('rest', 'the others')}. Write them in another comment.`
}

const RU: Readonly<Record<RefusalReason, Sentence>> = {
  sender_type_not_permitted: value =>
    `Запускать работу здесь могут только люди, а ${value('login', 'отправитель')} — это ${value('type', 'бот')}. Пусть метку поставит или команду напишет человек.`,
  sender_not_allowed: value =>
    `У ${value('login', 'вас')} нет прав запускать работу в этом проекте. Нужен доступ на запись в этот репозиторий или роль ${code('read_write')} в проекте; дать её может администратор проекта.`,
  stage_disabled: value =>
    `Этап ${value('stage', 'из команды')} здесь не включён. Сейчас доступны: ${value('stages', 'смотрите `/help`')}. Включить другие может администратор этого Stagewright.`,
  stage_not_revisable: (value, labels) =>
    `У этапа ${value('stage', 'из команды')} нет доработки. Запустите его заново своей меткой: для ${code('dev')} это ${code(labels.run.dev)}.`,
  issue_trigger_label_conflict: value =>
    `Запуска просят сразу несколько меток на этой задаче: ${value('labels', 'две или больше')}. Снимите их все и поставьте одну нужную.`,
  agent_label_conflict: value =>
    `Несколько меток просят об одном и том же для агента: ${value('labels', 'две модели или два уровня')}. Оставьте одну нужную и повторите просьбу.`,
  agent_unknown: value =>
    `Агент ${value('agent', 'из настроек')} на этом Stagewright не подключён, поэтому ничего не запущено. Добавить его в настройки может администратор.`,
  run_active: value =>
    `По этой задаче уже идёт запуск: ${value('run', 'смотрите комментарий о нём')}. Дождитесь его конца или остановите командой ${code('/cancel')}, а потом повторите просьбу.`,
  'run.revise.pr_not_found': (value, labels) =>
    `У этой задачи нет открытого pull request, дорабатывать нечего. Начните работу командой ${code('/run dev')} или меткой ${value('label', code(labels.run.dev))}; когда появится pull request, доработка продолжит его.`,
  branch_taken: value =>
    `В ветке ${value('branch', 'этой задачи')} лежат невлитые коммиты, автор — ${value('author', 'кто-то другой')}; заменять их я не буду. Откройте из этой ветки pull request, и работа продолжится с него, или удалите ветку; потом повторите просьбу.`,
  issue_closed: value =>
    `Задача ${value('issue', 'по этой просьбе')} закрыта, поэтому ничего не запущено. Откройте её снова и повторите просьбу.`,
  issue_not_resolved: () =>
    `Не могу понять, к какой задаче относится этот pull request, поэтому ничего не запущено. Напишите команду в самой задаче.`,
  no_active_run: () =>
    `По этой задаче сейчас ничего не запущено, останавливать нечего. ${code('/status')} покажет последний запуск.`,
  no_run: () => `По этой задаче запусков ещё не было. ${code('/run dev')} начнёт первый.`,
  run_not_failed: value =>
    `Последний запуск ${value('run', 'по этой задаче')} завершился успешно, повторять нечего. Если нужны изменения, напишите ${code('/revise что изменить')}.`,
  run_superseded: value =>
    `Запуск ${value('run', 'этой проверки')} по этой задаче уже не последний; последний — ${value('newest', 'другой')}. Команды ${code('/retry')} и ${code('/revise')} продолжают его.`,
  comment_edited: () =>
    `Команды из исправленного комментария не выполняются: другие могли согласиться с прежними словами. Напишите команду новым комментарием.`,
  unknown_command: value =>
    `Я не знаю команды ${value('text', 'из комментария')}. Может быть, ${value('closest', '`/help`')}?`,
  unknown_stage: value =>
    `В ${value('text', 'команде')} указан неизвестный этап. Может быть, ${value('closest', '`/run dev`')}?`,
  bad_arguments: value =>
    `Не понимаю ${value('text', 'эту команду')}. Напишите её так: ${value('closest', '`/run dev`')}, одну на строке; ${code('/help')} покажет, что принимает каждая команда.`,
  too_many_commands: value =>
    `В одном комментарии выполняется не больше пяти команд. Не сделано: ${value('rest', 'остальное')}. Напишите это другим комментарием.`
}

const SENTENCES = { en: EN, ru: RU } as const

/** Values that are lists: each entry becomes code of its own. */
const LISTS: ReadonlySet<string> = new Set(['labels', 'stages', 'rest'])
const MAX_LISTED = 10

/** The sentence of a refusal, what is in the way and the remedy, with the reason's code that log and audit use too. */
export function refusalText(refusal: Refusal, locale: Locale, labels: LabelNames): string {
  const value: Value = (name, fallback) => {
    const written = refusal.params[name]
    if (written === undefined || written.trim() === '') return fallback
    return LISTS.has(name) ? listed(written) : code(written, 120)
  }
  return `${SENTENCES[locale][refusal.reason](value, labels)} (${code(refusal.reason)})`
}

function listed(written: string): string {
  const all = written.split(', ').filter(entry => entry.trim() !== '')
  const shown = all.slice(0, MAX_LISTED).map(entry => code(entry, 80))
  const more = all.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` (+${more})` : ''}`
}

export const refused = defineReply<RefusedInput>({
  name: 'refused',
  samples: Object.fromEntries(REFUSAL_REASONS.map(reason => [reason, sampleOf(reason)])),
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render({ refusal, labels }: RefusedInput, locale: Locale): string {
  return `⚠️ ${refusalText(refusal, locale, labels)}`
}

function sampleOf(reason: RefusalReason): RefusedInput {
  const params = {
    login: 'mallory',
    type: 'Bot',
    stage: 'qa',
    stages: 'dev',
    labels:
      reason === 'agent_label_conflict'
        ? '[ai-model-gpt-5.4], [ai-model-gpt-5.2]'
        : 'run:dev, run:dev:revise',
    run: 'k3v9q2m7x4ab',
    newest: 'p8w2n5c1r6de',
    branch: 'stagewright/issue-7',
    author: 'bob',
    issue: '#7',
    agent: 'codex',
    text: '/rnu dev',
    closest: '/run dev',
    rest: '/status, /help'
  }
  return {
    refusal: { kind: 'refuse', reason, params },
    actor: 'mallory',
    labels: defaultLabelNames()
  }
}
