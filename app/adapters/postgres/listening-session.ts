import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, escapeIdentifier } from 'pg'

export interface ListeningOptions {
  readonly url: string
  readonly channel: string
  /** How often the session is looked at, and how long an answer may take, in milliseconds. */
  readonly checkMs: number
  readonly answerMs: number
  /** A notification's payload. */
  readonly heard: (payload: string) => void
  /** Called after each reconnect: what was sent meanwhile is lost. */
  readonly back: () => void
}

const RECONNECT_MS = { first: 100, most: 5000 }

interface Session {
  readonly client: Client
  /** Resolves when the session is over, for whatever reason. */
  readonly over: Promise<void>
  /** Ends it without asking the other side. */
  cut(): void
}

/**
 * A session of its own that LISTENs, and comes back when it is lost. pg reports neither error nor
 * end on a half-open socket (brianc/node-postgres issues 2234 and 3003), so the session is asked
 * again and again whether it still listens.
 */
export class ListeningSession {
  readonly #options: ListeningOptions
  readonly #closed = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** Connects and listens; rejects when this first connection fails. */
  async open(): Promise<void> {
    this.#watching = this.#watch(await this.#connect())
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#watching
  }

  async #watch(first: Session): Promise<void> {
    let session: Session | null = first
    while (session !== null) {
      await this.#untilOver(session)
      session.cut()
      session = await this.#reconnect()
      if (session !== null) this.#options.back()
    }
  }

  async #untilOver(session: Session): Promise<void> {
    let isOver = false
    const over = session.over.then(() => {
      isOver = true
    })
    while (!isOver) {
      const rest = new AbortController()
      await Promise.race([over, sleep(this.#options.checkMs, null, { signal: rest.signal })])
      rest.abort()
      if (!isOver && !(await this.#stillListens(session))) return
    }
  }

  async #stillListens({ client }: Session): Promise<boolean> {
    try {
      const { rows } = await this.#answered(
        client.query('select from pg_listening_channels() as c (name) where name = $1', [
          this.#options.channel
        ])
      )
      return rows.length > 0
    } catch {
      // Any failure to answer means the same: this session is no good, and a new one is made.
      return false
    }
  }

  /** Null when it was closed meanwhile. */
  async #reconnect(): Promise<Session | null> {
    for (let delay = RECONNECT_MS.first; ; delay = Math.min(delay * 2, RECONNECT_MS.most)) {
      if (this.#closed.signal.aborted) return null
      try {
        const session = await this.#connect()
        if (!this.#closed.signal.aborted) return session
        session.cut()
      } catch {
        // The server is away; pools and readiness report it, here it only means to try again.
        await this.#pause(delay * (0.5 + Math.random() / 2))
      }
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    // Rejects only when closed, which the loop looks at next.
    await sleep(milliseconds, null, { signal: this.#closed.signal }).catch(() => undefined)
  }

  async #connect(): Promise<Session> {
    const { url, channel, answerMs, heard } = this.#options
    // Our own socket, because `client.end()` waits for a server that may be gone.
    const socket = new Socket()
    const closed = this.#closed.signal
    const cut = (): void => {
      closed.removeEventListener('abort', cut)
      socket.destroy()
    }
    closed.addEventListener('abort', cut)
    const client = new Client({
      connectionString: url,
      application_name: 'stagewright listen',
      connectionTimeoutMillis: answerMs,
      keepAlive: true,
      stream: () => socket
    })
    const over = new Promise<void>(resolve => {
      client.on('error', () => resolve())
      client.on('end', () => resolve())
      socket.on('close', () => resolve())
    })
    client.on('notification', message => heard(message.payload ?? ''))
    try {
      await client.connect()
      await this.#answered(client.query(`listen ${escapeIdentifier(channel)}`))
    } catch (error) {
      cut()
      throw error
    }
    return { client, over, cut }
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    const rest = new AbortController()
    const late = sleep(this.#options.answerMs, null, { signal: rest.signal }).then(() => {
      throw new Error(`no answer within ${this.#options.answerMs} ms`)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      rest.abort()
      // Both may still reject when the race is decided, and nobody listens then.
      late.catch(() => undefined)
      answer.catch(() => undefined)
    }
  }
}
