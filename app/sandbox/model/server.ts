/** The HTTP side of the scripted model: two protocols on one loopback port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Wire } from './answered.ts'
import type { Asked } from './asked.ts'
import { breakOff, sendError, sendJson, sendStream } from './deliver.ts'
import { errorOf, type Failure, wireError } from './failures.ts'
import { readMessages, writeMessages } from './messages.ts'
import type { Answer } from './play.ts'
import { type ModelRequest, maskedHeaders } from './requests.ts'
import { readResponses, writeResponses } from './responses.ts'
import { type Usage, usageOf } from './usage.ts'

/** What the server asks for each request that wants an answer of the model. */
export type Reply =
  | {
      readonly kind: 'answer'
      readonly answer: Answer
      readonly script: string
      readonly beat: number
    }
  | { readonly kind: 'side'; readonly answer: Answer }
  | { readonly kind: 'problem'; readonly message: string }

export interface ServerParts {
  readonly models: readonly string[]
  readonly reply: (asked: Asked, body: unknown) => Reply
  /** The failure ordered for this request; counts it. */
  readonly failureOf: (asked: Asked) => Failure | null
  /** Told before the answer is sent, so that a failure that breaks off is on record. */
  readonly seen: (request: ModelRequest) => void
}

interface Protocol {
  readonly name: Asked['protocol']
  readonly read: (body: unknown) => Asked
  readonly write: (asked: Asked, answer: Answer, usage: Usage) => Wire
}

const GENERATION: Readonly<Record<string, Protocol>> = {
  '/v1/responses': { name: 'responses', read: readResponses, write: writeResponses },
  '/v1/messages': { name: 'messages', read: readMessages, write: writeMessages }
}
const MOST_BODY_BYTES = 32 * 1024 * 1024

export interface RunningModel {
  readonly url: string
  close(): Promise<void>
}

/** Listens on 127.0.0.1. Throws when the port is taken. */
export async function listenModel(port: number, parts: ServerParts): Promise<RunningModel> {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      // The client left in the middle of its request, or its request is larger than we read.
      if (response.headersSent || request.destroyed) response.destroy()
      else sendError(response, wireError('responses', 500, `scripted model: ${String(error)}`))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

async function serve(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { method = 'GET', url: path = '/' } = request
  const [place = ''] = path.split('?')
  const body = parsed(await readBody(request))
  const seen: Seen = {
    at: new Date().toISOString(),
    method,
    path,
    headers: maskedHeaders(request.headers),
    body
  }
  const tell: Tell = more => parts.seen({ ...seen, asked: null, status: 200, usage: null, ...more })
  const anthropic = request.headers['anthropic-version'] !== undefined
  const protocol = method === 'POST' ? GENERATION[place] : undefined
  if (protocol !== undefined) return generate(parts, protocol, { body, tell, response })
  if (method === 'GET' && place === '/v1/models') {
    tell({ outcome: { kind: 'models' } })
    return sendJson(response, 200, modelList(parts.models, anthropic))
  }
  if (method === 'POST' && place === '/v1/messages/count_tokens') {
    const asked = readMessages(body)
    const usage = usageOf(body, asked, null)
    tell({ asked, outcome: { kind: 'count' }, usage })
    return sendJson(response, 200, { input_tokens: usage.input })
  }
  tell({ outcome: { kind: 'not_offered' }, status: 404 })
  const message = `scripted model: ${method} ${place} is not offered`
  return sendError(response, wireError(anthropic ? 'messages' : 'responses', 404, message))
}

type Seen = Pick<ModelRequest, 'at' | 'method' | 'path' | 'headers' | 'body'>
/** What is not said is a 200 without conversation and usage. */
type Tell = (more: Partial<ModelRequest> & Pick<ModelRequest, 'outcome'>) => void

interface Exchange {
  readonly body: unknown
  readonly tell: Tell
  readonly response: ServerResponse
}

async function generate(
  parts: ServerParts,
  protocol: Protocol,
  { body, tell, response }: Exchange
): Promise<void> {
  const asked = protocol.read(body)
  const reply: Reply =
    body === undefined
      ? { kind: 'problem', message: 'the body is not JSON' }
      : parts.reply(asked, body)
  const failure = reply.kind === 'side' ? null : parts.failureOf(asked)
  const error = failure === null ? null : errorOf(failure, protocol.name)
  if (failure !== null && error !== null) {
    tell({ asked, outcome: { kind: 'failure', failure }, status: error.status })
    return sendError(response, error)
  }
  if (reply.kind === 'problem') {
    tell({ asked, outcome: reply, status: 400 })
    return sendError(response, wireError(protocol.name, 400, `scripted model: ${reply.message}`))
  }
  const { answer, ...outcome } = reply
  const usage = usageOf(body, asked, answer)
  const wire = protocol.write(asked, answer, usage)
  if (failure !== null) {
    tell({ asked, outcome: { kind: 'failure', failure } })
    return breakOff(response, failure, asked.stream ? wire.events : [])
  }
  tell({ asked, outcome, usage })
  if (asked.stream) sendStream(response, wire.events)
  else sendJson(response, 200, wire.whole)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BODY_BYTES) throw new Error('the body is larger than 32 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON; who needs it says so.
    return undefined
  }
}

function modelList(models: readonly string[], anthropic: boolean): unknown {
  if (!anthropic) {
    const data = models.map(id => ({ id, object: 'model', created: 0, owned_by: 'scripted' }))
    return { object: 'list', data }
  }
  const data = models.map(id => ({
    type: 'model',
    id,
    display_name: id,
    created_at: '2026-01-01T00:00:00Z'
  }))
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null }
}
