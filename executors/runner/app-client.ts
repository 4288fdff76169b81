/** The runner's way to the app: one token, retries until the attempt's end, no fallback beyond it. */

import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { agentFor } from './app-agent.ts'
import {
  type Answer,
  type Body,
  parseJson,
  readBody,
  send,
  sendForStream,
  type Target,
  textField
} from './http.ts'
import type { RunUids } from './listener.ts'

/** The app says that this attempt is over or the token is not ours; nothing can be said any more. */
export class Fenced extends Error {}

/** The app understood and said no (4xx); a repeat would hear the same. */
export class Refused extends Error {
  readonly status: number
  readonly answer: unknown

  constructor(message: string, status: number, answer: unknown) {
    super(message)
    this.status = status
    this.answer = answer
  }
}

/** The app could not be reached for as long as the attempt may last. */
export class GaveUp extends Error {}

export interface Call {
  readonly method: string
  readonly path: string
  readonly body?: Body
  readonly headers?: Readonly<Record<string, string>>
  readonly maxBytes?: number
  /** A single try: network errors and 5xx are thrown as they are. */
  readonly once?: boolean
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000
const MOST_PROBLEM = 64 * 1024

/** Calls below `${appUrl}/api/v1/runner`. Network errors, 408, 429 and 5xx are tried again until `giveUpAt`. */
export class AppClient {
  readonly #closed = new AbortController()
  readonly #giveUpAt: number
  #appUrl: string
  #token: string
  readonly #notBy: RunUids | null

  /** `giveUpAt` is a time in milliseconds since 1970. */
  constructor(options: {
    readonly appUrl: string
    readonly token: string
    readonly giveUpAt: number
    readonly runUids?: RunUids | null
  }) {
    this.#notBy = options.runUids ?? null
    this.#appUrl = options.appUrl.replace(/\/+$/, '')
    this.#token = options.token
    this.#giveUpAt = options.giveUpAt
  }

  /** A takeover may bring another address and mint another token for the same attempt. */
  retarget(appUrl: string, token: string): void {
    this.#appUrl = appUrl.replace(/\/+$/, '')
    this.#token = token
  }

  get target(): Target {
    return { url: `${this.#appUrl}/api/v1/runner`, agent: agentFor(this.#appUrl, this.#notBy) }
  }

  get authorization(): string {
    return `Bearer ${this.#token}`
  }

  /** Ends every call under way with an abort; later calls end at once. */
  close(): void {
    this.#closed.abort()
  }

  /** Throws Fenced (401, or 409 with code FENCED), Refused (other 4xx) or GaveUp. */
  call(call: Call): Promise<Answer> {
    return this.#repeat(call, this.#closed.signal, () => this.#try(call))
  }

  /** A GET whose answer streams; repeated and refused as `call` is, until the signal aborts. */
  async stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const either = AbortSignal.any([this.#closed.signal, signal])
    const call = { method: 'GET', path }
    const { stream } = await this.#repeat(call, either, () => this.#tryStream(path, either))
    return stream
  }

  async #repeat<T extends Answer>(
    call: Call,
    signal: AbortSignal,
    attempt: () => Promise<T | Error>
  ): Promise<T> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const token = this.#token
      const answer = await attempt()
      if (!(answer instanceof Error)) {
        if (answer.status < 300) return answer
        if (answer.status === 401 && token !== this.#token) continue
        if (!isPassing(answer.status)) throw refusal(call, answer)
      }
      signal.throwIfAborted()
      const what = answer instanceof Error ? answer.message : `HTTP ${answer.status}`
      if (call.once === true)
        throw new Error(`calling the app, ${call.method} ${call.path}: ${what}`)
      if (Date.now() + wait > this.#giveUpAt) {
        throw new GaveUp(`the app could not be reached (${call.method} ${call.path}: ${what})`)
      }
      await delay(wait * (0.5 + Math.random() / 2), undefined, { signal })
    }
  }

  async #try(call: Call): Promise<Answer | Error> {
    try {
      return await send({
        to: this.target,
        method: call.method,
        path: call.path,
        body: call.body,
        maxBytes: call.maxBytes,
        headers: { authorization: this.authorization, ...call.headers },
        signal: this.#closed.signal
      })
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  async #tryStream(path: string, signal: AbortSignal): Promise<Streamed | Error> {
    try {
      const headers = { authorization: this.authorization }
      const to = this.target
      const stream = await sendForStream({ to, method: 'GET', path, headers, signal })
      const status = stream.statusCode ?? 0
      const body = status < 300 ? Buffer.alloc(0) : await readBody(stream, MOST_PROBLEM)
      return { status, headers: stream.headers, body, stream }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** The body of an answer that streams is only read here when the app said no. */
interface Streamed extends Answer {
  readonly stream: IncomingMessage
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}

function refusal(call: Call, answer: Answer): Error {
  const problem = readProblem(answer.body)
  const what = `${call.method} ${call.path}: HTTP ${answer.status} ${textField(problem, 'detail') ?? ''}`
  const fenced =
    answer.status === 401 || (answer.status === 409 && textField(problem, 'code') === 'FENCED')
  return fenced ? new Fenced(what.trim()) : new Refused(what.trim(), answer.status, problem)
}

function readProblem(body: Buffer): unknown {
  try {
    return parseJson(body)
  } catch {
    // An answer that is not JSON has no code; its status alone decides.
    return null
  }
}
