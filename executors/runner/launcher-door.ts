/** The Unix socket through which a launcher reaches its runner. No credential passes it, in either direction. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RunnerEvent, RunnerJob, RunnerOrder, RunnerReport } from '#app/core/attempt.ts'
import type { AppClient } from './app-client.ts'
import { Refused } from './app-client.ts'
import type { HandOver } from './delivery.ts'
import { describe, fail, RunnerFailure, systemCode } from './failure.ts'
import { answerJson, forward, passBack, passHeaders, readBody, readJson } from './http.ts'
import type { LogSpool } from './log-spool.ts'
import { readEvents, readReport } from './report.ts'

/** What the door needs from its runner. */
export interface DoorOwner {
  readonly client: AppClient
  readonly log: LogSpool
  readonly job: Promise<RunnerJob>
  readonly order: RunnerOrder
  readonly folder: string
  readonly handOver: HandOver
  hear(event: RunnerEvent): void
  accept(report: RunnerReport): void
}

type Handler = (
  owner: DoorOwner,
  request: IncomingMessage,
  response: ServerResponse
) => Promise<void>

/** Only these paths pass on to the app; what stands behind them the app narrows once more. */
const PASSES = [
  /^\/git\/info\/refs\?service=git-upload-pack$/,
  /^\/git\/git-upload-pack$/,
  /^\/model\/(openai|anthropic)(\/[A-Za-z0-9_:-][A-Za-z0-9._:-]*)+(\?[A-Za-z0-9._~=&-]*)?$/
]
/** Model answers may pause for long while the provider thinks. */
const MODEL_IDLE_MS = 15 * 60_000
const MOST_LOG_TEXT = 1024 * 1024
/** The agent can open this socket too; what it may hold here is bounded, for the other runs' sake. */
const MOST_CONNECTIONS = 64
const REQUEST_MS = 5 * 60_000
const HEADERS_MS = 10_000
const MOST_SESSIONS = 1
const MOST_PASSES = 16

const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /job': async (owner, _request, response) => answerJson(response, 200, await owner.job),
  'GET /order': async (owner, _request, response) => answerJson(response, 200, owner.order),
  'POST /events': async (owner, request, response) => {
    for (const event of readEvents(await readJson(request))) owner.hear(event)
    answerJson(response, 200, {})
  },
  'POST /log': async (owner, request, response) => {
    const text = (await readBody(request, MOST_LOG_TEXT)).toString()
    answerJson(response, 200, { kept: owner.log.append(text.replaceAll('\0', '\uFFFD')) })
  },
  'GET /session': async (owner, _request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('the launcher went away')))
    passBack(await owner.client.stream('/session', gone.signal), response)
  },
  'PUT /session': async (owner, request, response) => {
    const { limits, agent } = await owner.job
    const file = join(owner.folder, 'session')
    const { bytes } = await store(request, file, limits.sessionBytes)
    const id = String(request.headers['x-session-id'] ?? '').slice(0, 256)
    owner.handOver.session = { file, bytes, id, agent: agent.name }
    response.writeHead(204).end()
  },
  'PUT /bundle': async (owner, request, response) => {
    const { limits } = await owner.job
    const file = join(owner.folder, 'bundle')
    const stored = await store(request, file, limits.bundleBytes)
    if (stored.sha256 !== request.headers['x-content-sha256']) {
      throw fail('BUNDLE_INVALID', 'storing the bundle: its digest is another')
    }
    owner.handOver.bundle = { file, ...stored }
    response.writeHead(204).end()
  },
  'POST /result': async (owner, request, response) => {
    owner.accept(readReport(await readJson(request)))
    response.writeHead(204).end()
  }
}

export class LauncherDoor {
  readonly #server: Server
  readonly #socketPath: string

  constructor(owner: DoorOwner, socketPath: string) {
    this.#socketPath = socketPath
    const turns = { sessions: new Turns(MOST_SESSIONS), passes: new Turns(MOST_PASSES) }
    const times = {
      requestTimeout: REQUEST_MS,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: HEADERS_MS
    }
    this.#server = createServer(times, (request, response) => {
      if (!mayEnter(turns, request, response)) return
      serve(owner, request, response).catch(error => answerError(response, error))
    })
    this.#server.maxConnections = MOST_CONNECTIONS
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#socketPath, resolve)
    })
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

/** How many requests of a kind are under way, and how many may be. */
class Turns {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** False when all are taken; the turn ends with the response, whichever way that ends. */
  take(response: ServerResponse): boolean {
    if (this.#taken >= this.#most) return false
    this.#taken += 1
    response.once('close', () => {
      this.#taken -= 1
    })
    return true
  }
}

/** Answers 429 when too many requests of this kind are under way. */
function mayEnter(
  turns: { readonly sessions: Turns; readonly passes: Turns },
  request: IncomingMessage,
  response: ServerResponse
): boolean {
  const route = `${request.method} ${request.url}`
  const kind = route === 'GET /session' ? turns.sessions : HANDLERS[route] ? null : turns.passes
  if (kind === null || kind.take(response)) return true
  const detail = 'too many requests of this kind are under way; wait for one to end'
  answerJson(response, 429, { code: 'EXECUTOR_UNAVAILABLE', detail })
  return false
}

async function serve(
  owner: DoorOwner,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const path = request.url ?? ''
  const handler = HANDLERS[`${request.method} ${path}`]
  if (handler !== undefined) return handler(owner, request, response)
  if (!PASSES.some(pass => pass.test(path)) || path.includes('..')) {
    throw fail('NOT_FOUND', `no such path at the runner: ${request.method} ${path.slice(0, 200)}`)
  }
  // Whatever key an agent sends is a dummy; the run token takes its place.
  const drop = ['host', 'authorization', 'x-api-key', 'cookie', 'proxy-authorization']
  const headers = {
    ...passHeaders(request.headers, drop),
    authorization: owner.client.authorization
  }
  forward(request, response, {
    to: owner.client.target,
    path,
    headers,
    idleMs: MODEL_IDLE_MS
  })
}

async function store(
  request: IncomingMessage,
  file: string,
  maxBytes: number
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) return done(fail('TOO_LARGE', `more than ${maxBytes} bytes`))
      hash.update(chunk)
      done(null, chunk)
    }
  })
  await pipeline(request, count, createWriteStream(file, { mode: 0o600 }))
  return { bytes, sha256: hash.digest('hex') }
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const statuses: Readonly<Record<string, number>> = {
    NOT_FOUND: 404,
    INVALID_ARGUMENT: 400,
    TOO_LARGE: 413,
    BUNDLE_INVALID: 422
  }
  const code = error instanceof RunnerFailure ? error.code : 'INTERNAL'
  const full = systemCode(error) === 'ENOSPC'
  const status = error instanceof Refused ? error.status : full ? 507 : (statuses[code] ?? 502)
  answerJson(response, status, { code, detail: describe(error) })
}
