/** Ways in which a model does not answer, on command, in each provider's own words. */
import { randomUUID } from 'node:crypto'
import type { WireError } from './answered.ts'
import type { Asked } from './asked.ts'

export type Failure =
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number }
  /** 529 of Anthropic, 503 of OpenAI. */
  | { readonly kind: 'overloaded' }
  /** The stream is cut after so many events; a request without `stream` gets no answer. */
  | { readonly kind: 'broken_stream'; readonly afterEvents: number }
  /**
   * Nothing comes: no headers, or nothing after so many events. It ends when the client leaves, or
   * after `ms`, when the connection is cut.
   */
  | { readonly kind: 'silence'; readonly ms?: number; readonly afterEvents?: number }
  /** For example 401, 403, 404, 500. */
  | { readonly kind: 'refused'; readonly status: number }

export interface FailureOrder {
  /** How many requests fail; 1 when nothing is said. */
  readonly times?: number
  /** Which requests; the CLIs' own side calls are never asked. Every other one when nothing is said. */
  readonly match?: (asked: Asked) => boolean
}

export interface Failures {
  order(failure: Failure, order?: FailureOrder): void
  /** The failure that this request must have; counts it. Null: none. */
  take(asked: Asked): Failure | null
  clear(): void
}

export function createFailures(): Failures {
  const waiting: Array<{ failure: Failure; match: (asked: Asked) => boolean; left: number }> = []
  return {
    order(failure, { times = 1, match = () => true } = {}) {
      waiting.push({ failure, match, left: times })
    },
    take(asked) {
      const hit = waiting.find(({ match, left }) => left > 0 && match(asked))
      if (hit === undefined) return null
      hit.left -= 1
      return hit.failure
    },
    clear() {
      waiting.length = 0
    }
  }
}

/** The answer to a failure that is one; null for those that break off or say nothing. */
export function errorOf(failure: Failure, protocol: Asked['protocol']): WireError | null {
  if (failure.kind === 'rate_limited') {
    const headers = { 'retry-after': String(failure.retryAfterSeconds) }
    return { ...wireError(protocol, 429, 'the rate limit is reached (ordered)'), headers }
  }
  if (failure.kind === 'overloaded')
    return wireError(protocol, protocol === 'messages' ? 529 : 503, 'overloaded (ordered)')
  if (failure.kind === 'refused') return wireError(protocol, failure.status, 'refused (ordered)')
  return null
}

/** OpenAI "Error codes"; Anthropic "Errors". */
export function wireError(protocol: Asked['protocol'], status: number, message: string): WireError {
  if (protocol === 'messages') {
    const request_id = `req_${randomUUID().replaceAll('-', '').slice(0, 24)}`
    return {
      status,
      headers: { 'request-id': request_id },
      body: { type: 'error', error: { type: anthropicType(status), message }, request_id }
    }
  }
  const type = openAiType(status)
  const code = OPENAI_CODES[status] ?? null
  return { status, headers: {}, body: { error: { message, type, param: null, code } } }
}

function anthropicType(status: number): string {
  return ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error'
}

function openAiType(status: number): string {
  if (status === 429) return 'requests'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

const OPENAI_CODES: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'not_found',
  429: 'rate_limit_exceeded'
}
