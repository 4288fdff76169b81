/** `POST /api/github/webhooks`: cap, verify, one insert, answer. Nothing here interprets a payload. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '#app/core/errors.ts'
import type { Log } from '#app/ports/platform.ts'
import { receiveDelivery } from '#app/usecases/receive-delivery.ts'
import type { World } from '#app/usecases/world.ts'
import { SUBSCRIBED_EVENTS } from './payloads.ts'
import { subjectOf } from './subject.ts'

export const WEBHOOK_PATH = '/api/github/webhooks'

/** GitHub delivers no event larger than 25 MB (docs: "Webhook events and payloads", payload cap). */
export const BODY_LIMIT = 25 * 1024 * 1024

/** A delivery id is a GUID; anything else that is short and plain is taken too, as proxies make their own. */
const DELIVERY_ID = /^[A-Za-z0-9-]{8,72}$/
const EVENT_NAME = /^[a-z_]{1,60}$/

const SUBSCRIBED: ReadonlySet<string> = new Set(SUBSCRIBED_EVENTS)

export interface WebhookOptions {
  /** One or two: the second is accepted during a rotation. */
  readonly secrets: readonly string[]
}

type Answer = { readonly status: number; readonly outcome: string; readonly detail?: string }

export type WebhookObserver = (outcome: string, seconds: number) => void

/** Handles one request; always answers, and never 2xx without a committed row. */
export function webhookRoute(
  world: Pick<World, 'inbox' | 'wake' | 'log'>,
  options: WebhookOptions,
  observe: WebhookObserver
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  // An empty secret is none: anybody could sign with it.
  const keys = options.secrets.flatMap(secret =>
    secret === '' ? [] : [createSecretKey(secret, 'utf8')]
  )
  return async (request, response) => {
    const began = performance.now()
    const delivery = header(request, 'x-github-delivery')
    let answer: Answer
    try {
      answer = await take(world, keys, request)
      const event = header(request, 'x-github-event')
      world.log.info({ delivery, event, outcome: answer.outcome }, 'delivery taken')
    } catch (error) {
      answer = refusal(world.log.child({ delivery }), error)
    }
    observe(answer.outcome, (performance.now() - began) / 1000)
    send(request, response, answer)
  }
}

async function take(
  world: Pick<World, 'inbox' | 'wake'>,
  keys: readonly KeyObject[],
  request: IncomingMessage
): Promise<Answer> {
  if (request.method !== 'POST') throw new AppError('INVALID_ARGUMENT', 'a delivery is a POST')
  const type = header(request, 'content-type') ?? ''
  if (!/^application\/json\b/i.test(type)) {
    throw new AppError(
      'DELIVERY_TYPE',
      `reading a delivery of type "${type.slice(0, 60)}"; set the webhook's content type to application/json`
    )
  }
  const id = header(request, 'x-github-delivery') ?? ''
  const event = header(request, 'x-github-event') ?? ''
  if (!DELIVERY_ID.test(id))
    throw new AppError(
      'DELIVERY_INVALID',
      'reading X-GitHub-Delivery, which is missing or malformed'
    )
  if (!EVENT_NAME.test(event))
    throw new AppError('DELIVERY_INVALID', 'reading X-GitHub-Event, which is missing or malformed')
  const body = await readBody(request)
  verify(keys, body, header(request, 'x-hub-signature-256'))
  const delivery = SUBSCRIBED.has(event)
    ? { id, event, subject: subjectOf(body), body }
    : { id, event, subject: null, body: null }
  const outcome = await receiveDelivery(world, delivery)
  return { status: outcome === 'accepted' ? 202 : 200, outcome }
}

/** The whole body, never more than the cap: a longer one is refused before it is hashed or kept. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(header(request, 'content-length') ?? 0) > BODY_LIMIT) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size <= BODY_LIMIT) return void chunks.push(chunk)
      // What still comes is dropped until the answer closes the connection.
      chunks.length = 0
      reject(tooLarge())
    })
    request.once('end', () => resolve(Buffer.concat(chunks, size)))
    request.once('error', reject)
    request.once('close', () => {
      // It closes after its end, too.
      if (!request.complete) reject(new Error('the connection closed before the body ended'))
    })
  })
}

function tooLarge(): AppError {
  return new AppError(
    'DELIVERY_TOO_LARGE',
    `reading a delivery of more than ${BODY_LIMIT / 1024 / 1024} MB`
  )
}

/**
 * HMAC over the raw bytes, compared in constant time (docs: "Validating webhook deliveries").
 * `@octokit/webhooks-methods` does the same over text, so it would refuse bytes that are no UTF-8,
 * and costs two more copies of each body.
 */
function verify(keys: readonly KeyObject[], body: Buffer, signature: string | undefined): void {
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) {
    throw new AppError(
      'DELIVERY_SIGNATURE',
      'checking X-Hub-Signature-256, which is missing or malformed'
    )
  }
  const claimed = Buffer.from(signature.slice('sha256='.length), 'hex')
  for (const key of keys) {
    if (timingSafeEqual(createHmac('sha256', key).update(body).digest(), claimed)) return
  }
  throw new AppError(
    'DELIVERY_SIGNATURE',
    "checking a delivery's signature; compare the webhook secret here and in the App's settings"
  )
}

/** One line in the log, with no body: an unsigned request must not be able to fill the disk. */
function refusal(log: Log, error: unknown): Answer {
  const known =
    error instanceof AppError
      ? error
      : new AppError('DELIVERY_INVALID', 'reading a delivery', { cause: error })
  const outcome = known.code.toLowerCase()
  if (known.status >= 500) log.error({ code: known.code, err: known }, 'delivery not stored')
  else log.warn({ code: known.code }, 'delivery refused')
  return { status: known.status, outcome, detail: known.message }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const problem = answer.status >= 400
  const document = problem
    ? { type: 'about:blank', status: answer.status, code: answer.outcome, detail: answer.detail }
    : { outcome: answer.outcome }
  // What is left of a refused body is not read: the connection closes instead.
  if (problem && !request.complete) response.setHeader('connection', 'close')
  const text = JSON.stringify(document)
  response.writeHead(answer.status, {
    'content-type': problem ? 'application/problem+json' : 'application/json',
    'content-length': Buffer.byteLength(text)
  })
  response.end(text)
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
