/** The few pieces of HTTP that runner, launcher and host share. */
import { createReadStream } from 'node:fs'
import type {
  Agent,
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse
} from 'node:http'
import { pipeline } from 'node:stream'
import { fail } from './failure.ts'

/** An import of node:http reads all that it exports, clients for the web among it: 60 ms of a launcher's start. */
const http = process.getBuiltinModule('node:http')

/**
 * A server on a Unix socket, or one by its base URL (`http:` or `https:`, no slash at the end),
 * reached through `agent` where one is given.
 */
export type Target =
  | { readonly socketPath: string }
  | { readonly url: string; readonly agent?: Agent }

export type Body = string | Buffer | { readonly file: string; readonly bytes: number }

export interface Sending {
  readonly to: Target
  readonly method: string
  /** Path and query, with a leading slash. */
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Body
  /** Milliseconds without any byte after which the call is given up; default 30,000. */
  readonly idleMs?: number
  /** Largest answer in bytes; default 1 MiB. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
  /** Holds the connections; default Node's own. For `http:` and sockets. */
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const MIB = 1024 * 1024

/** One request, its whole answer in memory. Rejects on network errors, an idle timeout or an abort. */
export function send(sending: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(sending)
    request.on('error', reject)
    request.on('response', response => {
      readBody(response, sending.maxBytes ?? MIB).then(
        body => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject
      )
    })
    const { body } = sending
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body)
    else pipeline(createReadStream(body.file), request, error => error && request.destroy(error))
  })
}

/** One request without a body; its answer as it streams. Rejects as `send` does, up to the first byte. */
export function sendForStream(
  sending: Omit<Sending, 'body' | 'maxBytes'>
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    openRequest(sending).on('error', reject).on('response', resolve).end()
  })
}

/** Opens a request without a body sent yet; used where bodies stream. */
function openRequest(sending: Omit<Sending, 'maxBytes'>): ClientRequest {
  const { to, method, path, signal, agent } = sending
  const headers = { ...lengthOf(sending.body), ...sending.headers }
  const common = { method, headers, signal }
  const request =
    'socketPath' in to
      ? http.request({ ...common, agent, socketPath: to.socketPath, path })
      : to.url.startsWith('https:')
        ? process
            .getBuiltinModule('node:https')
            .request(to.url + path, { ...common, agent: to.agent })
        : http.request(to.url + path, { ...common, agent: agent ?? to.agent })
  const idleMs = sending.idleMs ?? 30_000
  request.setTimeout(idleMs, () =>
    request.destroy(new Error(`no byte for ${idleMs} ms from ${method} ${path}`))
  )
  return request
}

/** The whole body; throws TOO_LARGE as soon as it is longer than `maxBytes`. */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw fail('TOO_LARGE', `reading a body: more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The body as JSON; throws INVALID_ARGUMENT when it is none. */
export async function readJson(message: IncomingMessage, maxBytes = MIB): Promise<unknown> {
  return parseJson(await readBody(message, maxBytes))
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw fail('INVALID_ARGUMENT', `reading ${body.length} bytes of JSON`, cause)
  }
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value))
}

/** The string field of a JSON object, or null. */
export function textField(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const field = (value as Readonly<Record<string, unknown>>)[name]
  return typeof field === 'string' ? field : null
}

/** The number field of a JSON object, or null. */
export function numberField(value: unknown, name: string): number | null {
  if (typeof value !== 'object' || value === null) return null
  const field = (value as Readonly<Record<string, unknown>>)[name]
  return typeof field === 'number' ? field : null
}

const HOP_BY_HOP = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade'.split(
    ' '
  )
)

/** Headers that may pass a proxy: no hop-by-hop ones, and none of `drop`. */
export function passHeaders(
  headers: IncomingHttpHeaders,
  drop: readonly string[] = []
): OutgoingHttpHeaders {
  const passed = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) && !drop.includes(name)
  )
  return Object.fromEntries(passed)
}

/**
 * Passes a request on to `to` and its answer back, streamed both ways; 502 when it cannot be
 * reached, 404 when it names what Node does not send (characters outside a URL).
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  sending: Pick<Sending, 'to' | 'path' | 'headers' | 'idleMs' | 'agent'>
): void {
  let onward: ClientRequest
  try {
    onward = openRequest({ ...sending, method: request.method ?? 'GET' })
  } catch {
    // Only the path and the headers are of others; what they hold is no address of ours.
    answerJson(response, 404, { code: 'NOT_FOUND', detail: 'nothing here' })
    return
  }
  onward.on('error', error => {
    if (response.headersSent) response.destroy()
    else answerJson(response, 502, { code: 'EXECUTOR_UNAVAILABLE', detail: error.message })
  })
  onward.on('response', answer => passBack(answer, response))
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

/** The other side's answer as it is. Either may go away in the middle; the other one then ends with it. */
export function passBack(answer: IncomingMessage, response: ServerResponse): void {
  try {
    response.writeHead(answer.statusCode ?? 502, passHeaders(answer.headers))
  } catch (error) {
    // A status or header that Node reads but does not write.
    answer.destroy()
    answerJson(response, 502, { code: 'EXECUTOR_UNAVAILABLE', detail: String(error) })
    return
  }
  pipeline(answer, response, () => undefined)
}

function lengthOf(body: Body | undefined): OutgoingHttpHeaders {
  if (body === undefined) return {}
  if (typeof body === 'string') return { 'content-length': Buffer.byteLength(body) }
  return { 'content-length': Buffer.isBuffer(body) ? body.length : body.bytes }
}
