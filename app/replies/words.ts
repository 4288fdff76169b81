/** Words that several replies share: states, kinds, times. */
import type { Locale, Run } from '#app/core/run.ts'
import { isFinal } from '#app/core/run.ts'

type Shown = Pick<Run, 'state' | 'phase' | 'reason' | 'cancelBy'>

interface StateWord {
  readonly icon: string
  readonly text: string
}

const WORDS = {
  en: {
    pending: 'waiting for its turn',
    created: 'starting',
    preparing: 'preparing the place of work',
    agent: 'the agent is at work',
    checking: 'checking the result',
    publishing: 'publishing the result',
    finished: 'finishing',
    waiting_owner_review: 'waiting for the owner',
    waiting_mcp: 'waiting for an approval',
    waiting_backpressure: 'waiting for a rate limit',
    canceling: 'stopping',
    succeeded: 'done',
    no_changes: 'done, nothing to change',
    failed: 'failed',
    canceled: 'canceled',
    timed_out: 'out of time'
  },
  ru: {
    pending: 'ждёт своей очереди',
    created: 'запускается',
    preparing: 'готовится рабочее место',
    agent: 'агент работает',
    checking: 'проверяется результат',
    publishing: 'результат публикуется',
    finished: 'завершается',
    waiting_owner_review: 'ждёт ответа владельца',
    waiting_mcp: 'ждёт разрешения',
    waiting_backpressure: 'ждёт лимита запросов',
    canceling: 'останавливается',
    succeeded: 'готово',
    no_changes: 'готово, менять ничего не пришлось',
    failed: 'не удалось',
    canceled: 'отменено',
    timed_out: 'время вышло'
  }
} as const

/** A run's state as an icon and words: `⏳ the agent is at work`. */
export function stateWord(run: Shown, locale: Locale): StateWord {
  const words = WORDS[locale]
  if (!isFinal(run.state) && run.cancelBy !== null) return { icon: '⏳', text: words.canceling }
  switch (run.state) {
    case 'pending':
      return { icon: '🕒', text: words.pending }
    case 'running':
      return { icon: '⏳', text: words[run.phase] }
    case 'waiting_owner_review':
    case 'waiting_mcp':
    case 'waiting_backpressure':
      return { icon: '⏸️', text: words[run.state] }
    case 'succeeded':
      return { icon: '✅', text: run.reason === 'no_changes' ? words.no_changes : words.succeeded }
    case 'failed':
      return { icon: '❌', text: words.failed }
    case 'canceled':
      return { icon: '⏹️', text: words.canceled }
    case 'timed_out':
      return { icon: '⌛', text: words.timed_out }
  }
}

/** `dev`, or `dev, revise`. */
export function stageWord(run: Pick<Run, 'stage' | 'kind'>, locale: Locale): string {
  if (run.kind === 'work') return run.stage
  return `${run.stage}, ${locale === 'ru' ? 'доработка' : 'revise'}`
}

/** `42 s`, `3 min 12 s`, `1 h 5 min`. */
export function duration(seconds: number, locale: Locale): string {
  const [h, min, s] = locale === 'ru' ? ['ч', 'мин', 'с'] : ['h', 'min', 's']
  if (seconds < 60) return `${seconds} ${s}`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${min} ${seconds % 60} ${s}`
  return `${Math.floor(seconds / 3600)} ${h} ${Math.floor((seconds % 3600) / 60)} ${min}`
}

/** `14:05 UTC`: the day stands beside the comment already. */
export function clockTime(at: string): string {
  return `${at.slice(11, 16)} UTC`
}
