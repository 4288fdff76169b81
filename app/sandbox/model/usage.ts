/** How this model counts tokens: not as any provider does, but so that a test can do the sum. */
import type { Asked } from './asked.ts'
import type { Answer } from './play.ts'

export interface Usage {
  /** All that was sent, the cached part included. */
  readonly input: number
  /** The part of `input` that the request before this one already held. */
  readonly cached: number
  /** All that was answered, reasoning included. */
  readonly output: number
  readonly reasoning: number
}

/** One token for every four characters begun. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}

/**
 * `input` counts the whole request as JSON. `cached` is all of it but the model's last answer and what
 * came after, because the request before had sent that; nothing in the first request.
 */
export function usageOf(body: unknown, asked: Asked, answer: Answer | null): Usage {
  const input = tokensOf(JSON.stringify(body ?? null))
  const answered = asked.said.findLastIndex(one => one.by === 'model')
  const fresh = asked.said.slice(firstOfAnswer(asked, answered))
  const cached = answered < 0 ? 0 : Math.max(0, input - tokensOf(JSON.stringify(fresh)))
  const reasoning = total(answer?.thoughts ?? [])
  const calls = (answer?.calls ?? []).map(({ input: given }) =>
    'text' in given ? given.text : JSON.stringify(given.json)
  )
  return { input, cached, output: reasoning + total(answer?.words ?? []) + total(calls), reasoning }
}

/** Parallel calls of one answer stand side by side. */
function firstOfAnswer({ said }: Asked, last: number): number {
  let first = last
  while (first > 0 && said[first - 1]?.by === 'model') first -= 1
  return first
}

function total(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + tokensOf(text), 0)
}
