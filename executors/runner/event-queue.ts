/** Events of one attempt on their way to the app: numbered from 1, in order, at most 100 a call. */
import type { RunnerEvent } from '#app/core/attempt.ts'
import { Refused } from './app-client.ts'

const BATCH = 100
/** Beyond these an attempt's events are dropped, with one warning: no agent may fill our tables. */
const MOST_EVENTS = 10_000
const MOST_DATA_BYTES = 4 * 1024

export type NumberedEvent = RunnerEvent & { readonly seq: number }

/**
 * Hands events to `send` in batches; `send` retries by itself and answers the next number expected.
 * A batch that it throws Refused for is dropped, told to `warn` the first time, and the rest goes on.
 */
export class EventQueue {
  readonly #send: (events: readonly NumberedEvent[]) => Promise<number>
  readonly #warn: (message: string) => void
  #waiting: NumberedEvent[] = []
  #count = 0
  #next = 1
  #refused = false
  #sending: Promise<void> | null = null
  #failure: unknown = null

  constructor(
    send: (events: readonly NumberedEvent[]) => Promise<number>,
    warn: (message: string) => void
  ) {
    this.#send = send
    this.#warn = warn
  }

  add(event: RunnerEvent): void {
    if (this.#count > MOST_EVENTS) return
    this.#count += 1
    const over = this.#count > MOST_EVENTS
    const kept = over
      ? warning(event.at, `more than ${MOST_EVENTS} events: the rest is not kept`)
      : small(event)
    this.#waiting.push({ seq: this.#next, ...kept })
    this.#next += 1
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
      const batch = this.#waiting.slice(0, BATCH)
      try {
        const next = await this.#send(batch)
        const left = this.#waiting.filter(event => event.seq >= next)
        if (left.length === this.#waiting.length)
          throw new Error(`the app expects event ${next} again`)
        this.#waiting = left
      } catch (error) {
        if (!isForGood(error)) throw error
        this.#drop(batch.length, error)
      }
    }
  }

  /** The app knows no gaps, so those that follow take the numbers of the dropped ones. */
  #drop(count: number, error: Refused): void {
    const first = this.#waiting[0]?.seq ?? this.#next
    this.#waiting = this.#waiting
      .slice(count)
      .map((event, index) => ({ ...event, seq: first + index }))
    this.#next = first + this.#waiting.length
    if (!this.#refused) this.#warn(`the app refused events, which are dropped: ${error.message}`)
    this.#refused = true
  }
}

/** The app said no to these very events; a conflict (409) is about the attempt or its numbers. */
function isForGood(error: unknown): error is Refused {
  return (
    error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 409
  )
}

function small(event: RunnerEvent): RunnerEvent {
  const bytes = Buffer.byteLength(JSON.stringify(event.data))
  if (bytes <= MOST_DATA_BYTES) return event
  const each = Math.floor(MOST_DATA_BYTES / 2 / Math.max(Object.keys(event.data).length, 1))
  const data = Object.entries(event.data).map(([name, value]) => [
    name.slice(0, 64).toWellFormed(),
    typeof value === 'string' ? value.slice(0, Math.floor(each / 4)).toWellFormed() : value
  ])
  return { ...event, data: { ...Object.fromEntries(data.slice(0, 16)), cut: true } }
}

function warning(at: string, message: string): RunnerEvent {
  return { type: 'warning', at, data: { message } }
}
