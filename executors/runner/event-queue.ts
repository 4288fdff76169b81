/** Events of one attempt on their way to the app: numbered from 1, in order, at most 100 a call. */
import type { RunnerEvent } from '#app/core/attempt.ts'

const BATCH = 100
/** Beyond these an attempt's events are dropped, with one warning: no agent may fill our tables. */
const MOST_EVENTS = 10_000
const MOST_DATA_BYTES = 4 * 1024

export type NumberedEvent = RunnerEvent & { readonly seq: number }

/** Hands events to `send` in batches; `send` retries by itself and answers the next number expected. */
export class EventQueue {
  readonly #send: (events: readonly NumberedEvent[]) => Promise<number>
  #waiting: NumberedEvent[] = []
  #count = 0
  #sending: Promise<void> | null = null
  #failure: unknown = null

  constructor(send: (events: readonly NumberedEvent[]) => Promise<number>) {
    this.#send = send
  }

  add(event: RunnerEvent): void {
    if (this.#count > MOST_EVENTS) return
    this.#count += 1
    const over = this.#count > MOST_EVENTS
    const kept = over
      ? warning(event.at, `more than ${MOST_EVENTS} events: the rest is not kept`)
      : small(event)
    this.#waiting.push({ seq: this.#count, ...kept })
    this.#wake()
  }

  /** Resolves when the app has every event; throws what `send` threw. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#sending !== null) {
      this.#wake()
      await this.#sending
      if (this.#failure !== null) throw this.#failure
    }
  }

  #wake(): void {
    if (this.#sending !== null || this.#failure !== null) return
    this.#sending = this.#sendAll()
      .catch(error => {
        this.#failure = error
      })
      .finally(() => {
        this.#sending = null
      })
  }

  async #sendAll(): Promise<void> {
    // One turn of the loop lets events that belong together travel together.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const next = await this.#send(this.#waiting.slice(0, BATCH))
      const left = this.#waiting.filter(event => event.seq >= next)
      if (left.length === this.#waiting.length)
        throw new Error(`the app expects event ${next} again`)
      this.#waiting = left
    }
  }
}

function small(event: RunnerEvent): RunnerEvent {
  const bytes = Buffer.byteLength(JSON.stringify(event.data))
  if (bytes <= MOST_DATA_BYTES) return event
  const each = Math.floor(MOST_DATA_BYTES / 2 / Math.max(Object.keys(event.data).length, 1))
  const data = Object.entries(event.data).map(([name, value]) => [
    name.slice(0, 64),
    typeof value === 'string' ? value.slice(0, Math.floor(each / 4)) : value
  ])
  return { ...event, data: { ...Object.fromEntries(data.slice(0, 16)), cut: true } }
}

function warning(at: string, message: string): RunnerEvent {
  return { type: 'warning', at, data: { message } }
}
