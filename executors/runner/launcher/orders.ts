/** Watches for the moment at which the agent must end: an order, the deadline, or a runner that is gone. */
import type { Door } from './door.ts'

const POLL_MS = 1_000
/** A runner that does not answer for so long is dead, not busy; the launcher then ends everything and leaves. */
const RUNNER_GONE_MS = 20_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const RUNNER_GONE = 'the runner is gone'

export interface Orders {
  /** Aborted with the reason (a string) when the agent must end. */
  readonly stop: AbortSignal
  close(): void
}

/** `deadlineAt`: ISO time. */
export function watchOrders(door: Door, deadlineAt: string): Orders {
  const stop = new AbortController()
  let lastAnswer = Date.now()
  let poll: NodeJS.Timeout | null = null
  const ask = async (): Promise<void> => {
    try {
      const order = await door.order()
      lastAnswer = Date.now()
      if (order.order === 'stop') stop.abort(order.reason ?? 'stop')
    } catch {
      // One missed answer means nothing; silence for long means that nobody will take our result.
      if (Date.now() - lastAnswer > RUNNER_GONE_MS) stop.abort(RUNNER_GONE)
    }
    if (!stop.signal.aborted) poll = setTimeout(ask, POLL_MS)
  }
  poll = setTimeout(ask, POLL_MS)
  const left = Math.min(Math.max(Date.parse(deadlineAt) - Date.now(), 0), LONGEST_TIMER_MS)
  const deadline = setTimeout(() => stop.abort('deadline'), left)
  return {
    stop: stop.signal,
    close: () => {
      if (poll !== null) clearTimeout(poll)
      clearTimeout(deadline)
    }
  }
}
