/** Words for every reason of a failed run: what happened, and what to do. */
import type { FailureReason, Locale } from '#app/core/run.ts'
import { FAILURE_REASONS } from '#app/core/run.ts'

export interface FailureText {
  /** At most 40 characters, for the title of a check run. */
  readonly short: string
  readonly what: string
  readonly remedy: string
}

const EN: Readonly<Record<FailureReason, FailureText>> = {
  pr_not_found: {
    short: 'its pull request is closed',
    what: 'The pull request was merged or closed before the revise could begin, so there was nothing to revise.',
    remedy: 'Reopen it and write `/revise` again, or start new work with `/run dev`.'
  },
  agent_failed: {
    short: 'the agent ended with an error',
    what: 'The agent ended with an error. Nothing was pushed.',
    remedy:
      'The last lines of its log say more. `/retry` tries again; if it fails the same way, say more in the issue first.'
  },
  agent_missing: {
    short: 'the agent is not installed',
    what: 'The agent’s program is not to be found where runs are made, so it was never started.',
    remedy: 'Whoever runs this Stagewright needs to install it or set another agent; then `/retry`.'
  },
  place_failed: {
    short: 'the place of work could not be made',
    what: 'The place of work could not be prepared, or broke down under the agent.',
    remedy:
      'This is not about your issue. `/retry` tries again; if it stays, tell whoever runs this Stagewright.'
  },
  not_isolated: {
    short: 'the machine cannot isolate the agent',
    what: 'This machine cannot close the agent off from its own user, so the agent was not started.',
    remedy:
      'Whoever runs this Stagewright can start it as root or allow user namespaces, or say `allowUnisolated` and accept the risk; then `/retry`.'
  },
  attempt_lost: {
    short: 'contact with the agent was lost',
    what: 'Contact with the agent was lost, and trying again by itself did not help.',
    remedy: 'Nothing was pushed. `/retry` starts a new attempt.'
  },
  scope_violation: {
    short: 'changes outside of what it may write',
    what: 'The agent changed paths that this stage may not write. Nothing was pushed.',
    remedy:
      'If these changes are wanted, a person has to make them. Otherwise say in the issue to leave them alone, then `/retry`.'
  },
  secret_found: {
    short: 'a secret in the changes',
    what: 'The changes hold what looks like a secret. Nothing was pushed.',
    remedy:
      'If it is a real one, treat it as leaked and replace it. If it is an example, ask for one that nobody can mistake; then `/retry`.'
  },
  bundle_invalid: {
    short: 'the result could not be read',
    what: 'What the agent handed back is not a valid set of commits on the branch it started from. Nothing was pushed.',
    remedy:
      '`/retry` starts a new attempt. If it happens again, tell whoever runs this Stagewright.'
  },
  too_large: {
    short: 'the changes are too large',
    what: 'The changes are larger than allowed here. Nothing was pushed.',
    remedy:
      'Check that no build output or dependencies were committed. If the work is really that large, split the issue; then `/retry`.'
  },
  branch_taken: {
    short: 'the branch holds others’ commits',
    what: 'While the agent worked, others’ commits came onto its branch, and they are not replaced. Nothing was pushed.',
    remedy:
      '`/retry` works on top of them once there is a pull request from that branch; or remove the branch first.'
  },
  base_missing: {
    short: 'no commit to start from',
    what: 'The commit to start from is not there: the branch is gone or the repository is empty.',
    remedy: 'Make sure that the default branch has a commit; then `/retry`.'
  },
  publish_failed: {
    short: 'GitHub did not take the result',
    what: 'The work is done, but GitHub did not take the branch or the pull request.',
    remedy:
      'Often a branch rule or a missing permission of the App. Once that is settled, `/retry`.'
  }
}

const RU: Readonly<Record<FailureReason, FailureText>> = {
  pr_not_found: {
    short: 'его pull request закрыт',
    what: 'Pull request влили или закрыли раньше, чем началась доработка, дорабатывать было нечего.',
    remedy: 'Откройте его снова и повторите `/revise` или начните новую работу командой `/run dev`.'
  },
  agent_failed: {
    short: 'агент завершился с ошибкой',
    what: 'Агент завершился с ошибкой. Ничего не отправлено.',
    remedy:
      'Подробности — в последних строках журнала. `/retry` попробует ещё раз; если ошибка повторится, сначала уточните задачу.'
  },
  agent_missing: {
    short: 'агент не установлен',
    what: 'Там, где выполняются запуски, нет программы агента, поэтому он не был запущен.',
    remedy:
      'Тому, кто обслуживает этот Stagewright, нужно её установить или выбрать другого агента; потом `/retry`.'
  },
  place_failed: {
    short: 'рабочее место не удалось создать',
    what: 'Рабочее место не удалось подготовить, или оно вышло из строя во время работы агента.',
    remedy:
      'Дело не в вашей задаче. `/retry` попробует ещё раз; если не поможет, сообщите тому, кто обслуживает этот Stagewright.'
  },
  not_isolated: {
    short: 'машина не может изолировать агента',
    what: 'Эта машина не может отгородить агента от своего пользователя, поэтому он не был запущен.',
    remedy:
      'Тот, кто обслуживает этот Stagewright, может запустить его от root или разрешить user namespaces, либо указать `allowUnisolated` и принять риск; потом `/retry`.'
  },
  attempt_lost: {
    short: 'связь с агентом потеряна',
    what: 'Связь с агентом потеряна, автоматические попытки не помогли.',
    remedy: 'Ничего не отправлено. `/retry` начнёт новую попытку.'
  },
  scope_violation: {
    short: 'изменения вне разрешённых путей',
    what: 'Агент изменил пути, которые этому этапу менять нельзя. Ничего не отправлено.',
    remedy:
      'Если эти изменения нужны, их должен внести человек. Если нет, напишите в задаче, чтобы их не трогали, и потом `/retry`.'
  },
  secret_found: {
    short: 'в изменениях найден секрет',
    what: 'В изменениях есть то, что похоже на секрет. Ничего не отправлено.',
    remedy:
      'Если он настоящий, считайте его раскрытым и замените. Если это пример, попросите такой, который ни с чем не спутать; потом `/retry`.'
  },
  bundle_invalid: {
    short: 'результат не удалось прочитать',
    what: 'То, что вернул агент, — не набор коммитов поверх исходной ветки. Ничего не отправлено.',
    remedy:
      '`/retry` начнёт новую попытку. Если повторится, сообщите тому, кто обслуживает этот Stagewright.'
  },
  too_large: {
    short: 'слишком большие изменения',
    what: 'Изменения больше, чем здесь разрешено. Ничего не отправлено.',
    remedy:
      'Проверьте, не попали ли в коммит результаты сборки или зависимости. Если работа и правда такая большая, разделите задачу; потом `/retry`.'
  },
  branch_taken: {
    short: 'в ветке чужие коммиты',
    what: 'Пока агент работал, в его ветке появились чужие коммиты; они не заменяются. Ничего не отправлено.',
    remedy:
      '`/retry` продолжит поверх них, когда из этой ветки будет открыт pull request; или сначала удалите ветку.'
  },
  base_missing: {
    short: 'не от чего начать',
    what: 'Нет коммита, от которого начинать: ветка удалена или репозиторий пуст.',
    remedy: 'Убедитесь, что в основной ветке есть коммит; потом `/retry`.'
  },
  publish_failed: {
    short: 'GitHub не принял результат',
    what: 'Работа сделана, но GitHub не принял ветку или pull request.',
    remedy:
      'Чаще всего дело в правиле для ветки или в правах приложения. Когда это решится — `/retry`.'
  }
}

const TEXTS = { en: EN, ru: RU } as const

const UNKNOWN = {
  en: {
    short: 'something went wrong',
    what: 'The run ended for a reason that has no words here yet.',
    remedy: '`/retry` tries again.'
  },
  ru: {
    short: 'что-то пошло не так',
    what: 'Запуск завершился по причине, для которой здесь ещё нет слов.',
    remedy: '`/retry` попробует ещё раз.'
  }
} as const

/** The words for a reason; for one that is none of ours, words that say so. */
export function failureText(reason: string | null, locale: Locale): FailureText {
  return isFailureReason(reason) ? TEXTS[locale][reason] : UNKNOWN[locale]
}

function isFailureReason(reason: string | null): reason is FailureReason {
  return reason !== null && (FAILURE_REASONS as readonly string[]).includes(reason)
}
