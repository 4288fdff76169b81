/** Finds the runner host of a state folder, starts one when none lives, and asks it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AppError, type ErrorCode } from '#app/core/errors.ts'

/** The host's program; started by path, never imported: it is a process of its own. */
const HOST_PROGRAM = fileURLToPath(import.meta.resolve('#executors/runner/host.ts'))
/** The host strips types and locks through APIs that Node 24 still calls experimental; the version is pinned. */
const QUIET = '--disable-warning=ExperimentalWarning'
const START_MS = 15_000
/** The host answers at once or is stuck; a log may be silent for long. */
const ANSWER_MS = 10_000
const MOST_ANSWER = 16 * 1024 * 1024

export interface HostOptions {
  readonly stateDir: string
  readonly path: string
  readonly idleSeconds: number
  /** Milliseconds without an answer after which the host counts as stuck; default 10,000. */
  readonly answerMs?: number
}

export interface HostCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
}

export class HostClient {
  readonly #options: HostOptions
  #starting: Promise<void> | null = null

  constructor(options: HostOptions) {
    this.#options = options
  }

  /** True when neither a host nor anything of an attempt is there: nobody needs to be asked. */
  isEmpty(): boolean {
    return this.#socket() === null && !hasEntries(join(this.#options.stateDir, 'attempts'))
  }

  /** The host's JSON answer. Throws its refusal by code, EXECUTOR_UNAVAILABLE when it cannot be asked. */
  async ask(call: HostCall): Promise<unknown> {
    const answer = await this.#open(call, this.#options.answerMs ?? ANSWER_MS)
    const value = await readAnswer(answer)
    if (answer.statusCode === 200) return value
    const code = value.code === 'INTERNAL' ? 'EXECUTOR_UNAVAILABLE' : value.code
    throw new AppError(code as ErrorCode, String(value.detail))
  }

  /** The host's answer as it streams, for as long as it takes. */
  open(call: HostCall): Promise<IncomingMessage> {
    return this.#open(call, null)
  }

  /** Starts a host when none answers; every call may be repeated. A host that is stuck is left alone. */
  async #open(call: HostCall, answerMs: number | null): Promise<IncomingMessage> {
    for (let left = 5; ; left -= 1) {
      call.signal?.throwIfAborted()
      const socket = this.#socket()
      try {
        const answer = socket === null ? null : await request(socket, call, answerMs)
        if (answer !== null && answer.statusCode !== 410) return answer
        answer?.resume()
      } catch (cause) {
        if (call.signal?.aborted === true || cause instanceof AppError) throw cause
        if (left === 0) throw unavailable('it does not answer', cause)
      }
      if (left === 0) throw unavailable('it keeps leaving')
      await this.#ensure(socket)
    }
  }

  /** Asks a living host to leave when it holds nothing; without a host there is nothing to do. */
  async leave(): Promise<void> {
    const socket = this.#socket()
    if (socket === null) return
    try {
      const answerMs = this.#options.answerMs ?? ANSWER_MS
      ;(await request(socket, { method: 'POST', path: '/leave' }, answerMs)).resume()
    } catch {
      // It is gone already; one that died or is stuck will be found so by the next.
    }
  }

  #socket(): string | null {
    try {
      const file = join(this.#options.stateDir, 'runner-host', 'host.json')
      return (JSON.parse(readFileSync(file, 'utf8')) as { socket: string }).socket
    } catch {
      // No host has been here, or it left.
      return null
    }
  }

  /** One start at a time. `dead`: the socket that did not answer. */
  #ensure(dead: string | null): Promise<void> {
    this.#starting ??= this.#startHost(dead).finally(() => {
      this.#starting = null
    })
    return this.#starting
  }

  async #startHost(dead: string | null): Promise<void> {
    let child: ChildProcess | null = null
    for (const end = Date.now() + START_MS; Date.now() < end; await delay(15)) {
      const socket = this.#socket()
      if (socket !== null && socket !== dead) return
      if (child !== null && (child.exitCode ?? 0) !== 0) {
        throw unavailable(`it ended with code ${child.exitCode}; see ${this.#logFile()}`)
      }
      // It ends at once when another one holds the lock: that one is then on its way in or out.
      if (child === null || child.exitCode !== null) child = this.#spawn()
    }
    throw unavailable(`it did not start within ${START_MS / 1000} s; see ${this.#logFile()}`)
  }

  #spawn(): ChildProcess {
    const { stateDir, path, idleSeconds } = this.#options
    mkdirSync(join(stateDir, 'runner-host'), { recursive: true, mode: 0o700 })
    const log = openSync(this.#logFile(), 'a', 0o600)
    try {
      const child = spawn(process.execPath, [QUIET, HOST_PROGRAM], {
        cwd: '/',
        detached: true,
        stdio: ['ignore', log, log],
        env: {
          PATH: path,
          LANG: 'C.UTF-8',
          STAGEWRIGHT_HOST_STATE_DIR: stateDir,
          STAGEWRIGHT_HOST_TEMP_DIR: tmpdir(),
          STAGEWRIGHT_HOST_IDLE_SECONDS: String(idleSeconds)
        }
      })
      child.on('error', () => undefined)
      child.unref()
      return child
    } catch (cause) {
      throw unavailable(`starting ${HOST_PROGRAM}`, cause)
    } finally {
      closeSync(log)
    }
  }

  #logFile(): string {
    return join(this.#options.stateDir, 'runner-host', 'host.log')
  }
}

/** With `answerMs` the wait for the answer, and for each piece of it, has an end: EXECUTOR_UNAVAILABLE. */
function request(
  socketPath: string,
  call: HostCall,
  answerMs: number | null
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, path, signal } = call
    // No connection is kept: a host that left must not be asked through an old one.
    const sent = httpRequest({ socketPath, method, path, signal, agent: false }, resolve)
    sent.on('error', reject)
    if (answerMs !== null) {
      sent.setTimeout(answerMs, () =>
        sent.destroy(unavailable(`no answer to ${method} ${path} within ${answerMs} ms`))
      )
    }
    sent.end(call.body === undefined ? undefined : JSON.stringify(call.body))
  })
}

async function readAnswer(answer: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  try {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_ANSWER) throw unavailable('its answer is too large')
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString()) as Readonly<Record<string, unknown>>
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw unavailable('its answer was cut', cause)
  }
}

function unavailable(why: string, cause?: unknown): AppError {
  return new AppError('EXECUTOR_UNAVAILABLE', `asking the runner host: ${why}`, { cause })
}

function hasEntries(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0
  } catch {
    // No such folder: no attempt was ever started here.
    return false
  }
}
