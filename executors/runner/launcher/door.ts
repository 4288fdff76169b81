/** The launcher's way to its runner, through the Unix socket. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunnerEvent, RunnerJob, RunnerOrder, RunnerReport } from '#app/core/attempt.ts'
import { type Answer, type Body, parseJson, send, textField } from '#executors/runner/http.ts'

/** The claim behind `GET /job` may wait for the app as long as the deadline allows. */
const JOB_IDLE_MS = 24 * 60 * 60_000
const SESSION_MOST_BYTES = 1024 * 1024 * 1024
/** The runner takes few connections, and git and the agent need theirs; more calls wait here. */
const MOST_SOCKETS = 16

/** Not by import, for the reason in `http.ts`. */
const { Agent } = process.getBuiltinModule('node:http')

export class Door {
  /** Takes out of a text what nobody beyond the launcher may read. */
  readonly hide: (text: string) => string
  readonly #socketPath: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS })

  constructor(socketPath: string, hide: (text: string) => string) {
    this.#socketPath = socketPath
    this.hide = hide
  }

  async job(): Promise<RunnerJob> {
    const answer = await this.#call('GET', '/job', { idleMs: JOB_IDLE_MS })
    return parseJson(answer.body) as RunnerJob
  }

  async order(): Promise<RunnerOrder> {
    return parseJson((await this.#call('GET', '/order', { idleMs: 2_000 })).body) as RunnerOrder
  }

  async event(type: RunnerEvent['type'], data: RunnerEvent['data']): Promise<void> {
    const events = [{ type, at: new Date().toISOString(), data }]
    await this.#call('POST', '/events', { body: JSON.stringify({ events }) })
  }

  /** False when the log has reached its cap: no more text is kept. */
  async log(text: string): Promise<boolean> {
    const answer = parseJson((await this.#call('POST', '/log', { body: text })).body)
    return (answer as { kept: boolean }).kept
  }

  /** The saved session's bytes; null when there is none. A stream that is cut is read again. */
  async readSession(): Promise<Buffer | null> {
    const sending = { idleMs: JOB_IDLE_MS, maxBytes: SESSION_MOST_BYTES }
    const answer = await this.#call('GET', '/session', { ...sending, tries: 5 })
    return answer.status === 204 ? null : answer.body
  }

  async writeSession(bytes: Buffer, id: string | null): Promise<void> {
    await this.#call('PUT', '/session', { body: bytes, headers: { 'x-session-id': id ?? '' } })
  }

  async writeBundle(file: string, bytes: number, sha256: string): Promise<void> {
    const headers = { 'x-content-sha256': sha256 }
    await this.#call('PUT', '/bundle', { body: { file, bytes }, headers, idleMs: 120_000 })
  }

  /** The last word; tried a few times, because nothing else tells the runner how it ended. */
  async result(report: RunnerReport): Promise<void> {
    await this.#call('POST', '/result', { body: JSON.stringify(report), tries: 4 })
  }

  async #call(
    method: string,
    path: string,
    { tries = 1, body, ...options }: Calling = {}
  ): Promise<Answer> {
    const shown = typeof body === 'string' ? this.hide(body) : body
    const sending = { to: { socketPath: this.#socketPath }, agent: this.#agent, method, path }
    for (let left = tries; ; left -= 1) {
      try {
        const answer = await send({ ...sending, ...options, body: shown })
        if (answer.status < 300) return answer
        throw new Error(`asking the runner, ${method} ${path}: ${problem(answer)}`)
      } catch (error) {
        if (left <= 1) throw error
        await delay(200)
      }
    }
  }
}

interface Calling {
  readonly body?: Body
  readonly headers?: Readonly<Record<string, string>>
  readonly idleMs?: number
  readonly maxBytes?: number
  readonly tries?: number
}

function problem(answer: Answer): string {
  try {
    return textField(parseJson(answer.body), 'detail') ?? `HTTP ${answer.status}`
  } catch {
    // Without a problem document the status is all there is to say.
    return `HTTP ${answer.status}`
  }
}
