/** One attempt to bring a webhook to its receiver, and how GitHub's log words what came of it. */
import { createHmac } from 'node:crypto'

/** Docs: "Best practices for using webhooks": an answer is due within 10 seconds. */
const ANSWER_LIMIT_MS = 10_000
const MOST_OF_ANSWER = 65_536

/** The App's webhook as its settings have it. */
export interface WebhookTarget {
  readonly url: string
  /** '' sends no signature. */
  readonly secret: string
  /** `form` puts the JSON into a field `payload`. `json` when left out. */
  readonly contentType?: 'json' | 'form'
  /** Nothing is sent while this is false. */
  readonly active?: boolean
}

export interface Outcome {
  /** 0 when no answer came. */
  readonly statusCode: number
  /** `OK`, or what went wrong in GitHub's words. */
  readonly status: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly response: string
}

export interface Letter {
  readonly event: string
  readonly guid: string
  /** JSON. */
  readonly body: string
  /** The App's hook and the App, 0 when there is none. */
  readonly hookId: number
  readonly appId: number
}

export async function post(
  target: WebhookTarget,
  letter: Letter,
  stop: AbortSignal
): Promise<Outcome> {
  const isForm = target.contentType === 'form'
  const body = isForm ? new URLSearchParams({ payload: letter.body }).toString() : letter.body
  const headers = headersOf(target, letter, body)
  const shown = { url: target.url, requestHeaders: headers }
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_LIMIT_MS)])
    })
    const response = (await answer.text()).slice(0, MOST_OF_ANSWER)
    const responseHeaders = Object.fromEntries(answer.headers)
    const status = wordsFor(answer.status)
    return { ...shown, statusCode: answer.status, status, responseHeaders, response }
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError'
    return { ...shown, ...silence(isLate ? 'timed out' : 'failed to connect to host') }
  }
}

/** The outcome of an attempt that brought no answer. */
export function silence(
  status: 'timed out' | 'failed to connect to host'
): Pick<Outcome, 'statusCode' | 'status' | 'responseHeaders' | 'response'> {
  return { statusCode: 0, status, responseHeaders: {}, response: '' }
}

/** The words that the page and the API of deliveries have for an answer. */
export function wordsFor(status: number): string {
  return status >= 200 && status < 300 ? 'OK' : `Invalid HTTP Response: ${status}`
}

/** Docs: "Webhook events and payloads", delivery headers. */
export function headersOf(
  target: WebhookTarget,
  letter: Letter,
  body: string
): Record<string, string> {
  const sign = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, target.secret).update(body).digest('hex')}`
  const isForm = target.contentType === 'form'
  return {
    accept: '*/*',
    'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    'user-agent': 'GitHub-Hookshot/5a4dc0b',
    'x-github-delivery': letter.guid,
    'x-github-event': letter.event,
    'x-github-hook-id': String(letter.hookId),
    'x-github-hook-installation-target-id': String(letter.appId),
    'x-github-hook-installation-target-type': 'integration',
    ...(target.secret === ''
      ? {}
      : { 'x-hub-signature': sign('sha1'), 'x-hub-signature-256': sign('sha256') })
  }
}
