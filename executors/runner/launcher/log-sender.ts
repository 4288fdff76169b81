/** Brings lines to the runner in few calls, and slows the agent down when it prints faster than they go. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Door } from './door.ts'

const EVERY_MS = 100
const MOST_WAITING = 1024 * 1024
const MOST_CALL = 256 * 1024

export class LogSender {
  readonly #door: Pick<Door, 'log'>
  #waiting = ''
  #kept = true
  #sending: Promise<void> | null = null

  constructor(door: Pick<Door, 'log'>) {
    this.#door = door
  }

  /** Resolves at once while there is room, else when there is some again. */
  async write(line: string): Promise<void> {
    if (!this.#kept) return
    this.#waiting += `${line}\n`
    this.#sending ??= this.#send()
    while (this.#kept && this.#waiting.length > MOST_WAITING) await this.#sending
  }

  /** Resolves when every line so far has gone. */
  async flush(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  async #send(): Promise<void> {
    if (this.#waiting.length < MOST_CALL) await delay(EVERY_MS)
    const text = this.#waiting.slice(0, MOST_CALL)
    this.#waiting = this.#waiting.slice(text.length)
    try {
      this.#kept = await this.#door.log(text)
    } catch {
      // The orders' watch notices a runner that is gone; lines alone are no reason to end the agent.
      this.#kept = true
    }
    if (!this.#kept) this.#waiting = ''
    this.#sending = this.#waiting === '' ? null : this.#send()
  }
}
