/** The app's side of the runner protocol on a loopback port, with a real bare repository behind `/git`. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AgentChoice,
  LogChunk,
  RunnerEvent,
  RunnerJob,
  RunnerOrder,
  RunnerReport
} from '#app/core/attempt.ts'
import { gitBackend, makeRepository, readBundle } from './fixture-repository.ts'

/** What was heard about one attempt. */
export interface HeardAttempt {
  readonly job: RunnerJob
  readonly claims: number
  readonly heartbeats: number
  readonly events: readonly (RunnerEvent & { seq: number })[]
  readonly logs: readonly LogChunk[]
  readonly bundle: Buffer | null
  readonly results: readonly RunnerReport[]
  readonly modelCalls: readonly { url: string; headers: IncomingMessage['headers']; body: string }[]
}

type Heard = { -readonly [Key in keyof HeardAttempt]: HeardAttempt[Key] } & {
  events: (RunnerEvent & { seq: number })[]
  logs: LogChunk[]
  results: RunnerReport[]
  modelCalls: { url: string; headers: IncomingMessage['headers']; body: string }[]
  order: RunnerOrder
  over: boolean
}

export interface FakeRunnerApp {
  readonly url: string
  readonly baseSha: string
  /** Makes a job; answers the token under which it can be claimed. */
  expect(job: Partial<RunnerJob> & { attempt: string; agent: AgentChoice }): string
  heard(attempt: string): HeardAttempt
  /** The whole log so far. */
  logOf(attempt: string): string
  order(attempt: string, order: RunnerOrder): void
  /** From now on every call of this attempt is answered 409 FENCED. */
  fence(attempt: string): void
  /** The saved session of a run, by agent; kept over attempts of the same run. */
  readonly sessions: Map<string, Buffer>
  /** Files (path -> text) of the commit at the head of the attempt's bundle. */
  filesOf(attempt: string): Readonly<Record<string, string>>
  /** Stops listening and cuts every connection; `up` listens on the same port again. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

/** `modelUrl` answers what agents ask of OpenAI; without it a fixed answer is given. */
export async function fakeRunnerApp(modelUrl: string | null = null): Promise<FakeRunnerApp> {
  const folder = mkdtempSync(join(tmpdir(), 'fake-app-'))
  const repository = join(folder, 'repository.git')
  const baseSha = makeRepository(folder, repository)
  const byToken = new Map<string, Heard>()
  const byAttempt = new Map<string, Heard>()
  const sessions = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    serve({ repository, byToken, sessions, modelUrl }, request, response).then(
      reply => reply !== null && answer(response, reply),
      error => {
        if (response.headersSent) response.destroy()
        else answer(response, [500, { code: 'INTERNAL', detail: String(error) }])
      }
    )
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const of = (attempt: string): Heard => {
    const heard = byAttempt.get(attempt)
    if (heard === undefined) throw new Error(`no job was made for ${attempt}`)
    return heard
  }

  return {
    url: `http://127.0.0.1:${port}`,
    baseSha,
    sessions,
    expect(job) {
      const heard = newHeard({ ...defaultJob(baseSha), ...job })
      const token = `token-${createHash('sha256').update(job.attempt).digest('hex')}`
      byToken.set(token, heard)
      byAttempt.set(job.attempt, heard)
      return token
    },
    heard: of,
    logOf: attempt =>
      of(attempt)
        .logs.map(chunk => chunk.text)
        .join(''),
    order(attempt, order) {
      of(attempt).order = order
    },
    fence(attempt) {
      of(attempt).over = true
    },
    filesOf: attempt => readBundle(folder, repository, of(attempt).bundle),
    down: () => shut(server),
    up: () => listen(server, port),
    async close() {
      if (server.listening) await shut(server)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

interface Served {
  readonly repository: string
  readonly byToken: ReadonlyMap<string, Heard>
  readonly sessions: Map<string, Buffer>
  readonly modelUrl: string | null
}

/** Status and body: JSON, or bytes as they are. */
type Reply = readonly [status: number, value?: unknown]

async function serve(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse
): Promise<Reply | null> {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
  const heard = served.byToken.get(token)
  const url = new URL(request.url ?? '', 'http://fake')
  const path = url.pathname.replace('/api/v1/runner', '')
  if (heard === undefined) return [401, { code: 'UNAUTHORIZED', detail: 'token' }]
  if (heard.over) return [409, { code: 'FENCED', detail: 'the attempt is over' }]
  if (path.startsWith('/git/')) {
    gitBackend(served.repository, url, path, request, response)
    return null
  }
  const body = await readAll(request)
  if (path.startsWith('/model/')) {
    if (served.modelUrl === null) return model(heard, path, request, body)
    await passOn(`${served.modelUrl}${path.replace('/model/openai', '')}`, body, response)
    return null
  }
  const seq = /^\/logs\/(\d+)$/.exec(path)?.[1]
  if (seq !== undefined) return takeLog(heard, Number(seq), body)
  const route = `${request.method} ${path}`
  if (route.endsWith(' /session')) return session(served, heard, request, body)
  return takeOther(heard, route, request, body)
}

function takeOther(heard: Heard, route: string, request: IncomingMessage, body: Buffer): Reply {
  if (route === 'POST /claim') {
    heard.claims += 1
    return [200, heard.job]
  }
  if (route === 'POST /heartbeat') {
    heard.heartbeats += 1
    return [200, heard.order]
  }
  if (route === 'POST /events') {
    const { events } = JSON.parse(body.toString()) as { events: (RunnerEvent & { seq: number })[] }
    for (const event of events) {
      if (event.seq === heard.events.length + 1) heard.events.push(event)
    }
    return [200, { next: heard.events.length + 1 }]
  }
  if (route === 'GET /logs') return [200, { next: heard.logs.length + 1 }]
  if (route === 'PUT /bundle') {
    const digest = createHash('sha256').update(body).digest('hex')
    if (digest !== request.headers['x-content-sha256']) {
      return [422, { code: 'BUNDLE_INVALID', detail: 'digest' }]
    }
    if (body.length > heard.job.limits.bundleBytes) {
      return [413, { code: 'TOO_LARGE', detail: 'bundle' }]
    }
    heard.bundle = body
    return [204]
  }
  if (route === 'POST /result') {
    heard.results.push(JSON.parse(body.toString()) as RunnerReport)
    return [204]
  }
  return [404, { code: 'NOT_FOUND', detail: route }]
}

function takeLog(heard: Heard, seq: number, body: Buffer): Reply {
  const next = heard.logs.length + 1
  if (seq > next) return [409, { code: 'CONFLICT', next }]
  if (seq < next) return [200, { next }]
  const { at, text } = JSON.parse(body.toString()) as { at: string; text: string }
  if (Buffer.byteLength(text) > 64 * 1024) return [413, { code: 'TOO_LARGE' }]
  heard.logs.push({ seq, at, text })
  return [200, { next: seq + 1 }]
}

function session(served: Served, heard: Heard, request: IncomingMessage, body: Buffer): Reply {
  if (request.method === 'GET') {
    const saved = served.sessions.get(heard.job.run)
    if (saved === undefined) return [204]
    return [200, saved]
  }
  if (body.length > heard.job.limits.sessionBytes) {
    return [413, { code: 'TOO_LARGE', detail: 'session' }]
  }
  served.sessions.set(heard.job.run, body)
  return [204]
}

function model(heard: Heard, path: string, request: IncomingMessage, body: Buffer): Reply {
  heard.modelCalls.push({ url: path, headers: request.headers, body: body.toString() })
  return [200, { model: 'fake', path }]
}

async function passOn(url: string, body: Buffer, response: ServerResponse): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const asked = body.length === 0 ? { headers } : { method: 'POST', headers, body: body.toString() }
  const answered = await fetch(url, asked)
  const type = answered.headers.get('content-type') ?? 'application/json'
  response.writeHead(answered.status, { 'content-type': type })
  response.end(await answered.text())
}

function defaultJob(baseSha: string): Omit<RunnerJob, 'attempt' | 'agent'> {
  return {
    run: 'run1',
    number: 1,
    repository: 'acme/fixture',
    branch: 'stagewright/issue-1',
    baseSha,
    baseRef: 'refs/heads/main',
    prompt: 'Do the work.',
    session: null,
    author: { name: 'Stagewright', email: 'bot@example.com' },
    commitSubject: 'Work of the agent',
    limits: { logBytes: 1024 * 1024, bundleBytes: 8 * 1024 * 1024, sessionBytes: 1024 * 1024 },
    deadlineAt: new Date(Date.now() + 120_000).toISOString(),
    heartbeatSeconds: 0.2
  }
}

function newHeard(job: RunnerJob): Heard {
  return {
    job,
    claims: 0,
    heartbeats: 0,
    events: [],
    logs: [],
    bundle: null,
    results: [],
    modelCalls: [],
    order: { order: 'continue', reason: null },
    over: false
  }
}

function answer(response: ServerResponse, [status, value]: Reply): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'content-type': type })
  response.end(value === undefined || Buffer.isBuffer(value) ? value : JSON.stringify(value))
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

function shut(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
