/** Turns what a handler gave or threw into an HTTP answer with GitHub's headers. */
import { createHash } from 'node:crypto'
import type { Rate } from '#app/sandbox/rate-limits.ts'
import type { Refusal } from '#app/sandbox/refusal.ts'
import { nextRecord, type World } from '#app/sandbox/world.ts'
import type { Answer } from './route.ts'

const DOCUMENTATION = 'https://docs.github.com/rest'
const JSON_TYPE = 'application/json; charset=utf-8'

/** An answer before it is sent: the body is text so that it can be compared and looked at. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | null
}

export function replyOf(answer: Answer): Reply {
  const { status, body, text } = answer
  const given = answer.headers ?? {}
  if (text !== undefined) {
    const content = typeof text.content === 'string' ? text.content : new Uint8Array(text.content)
    return { status, headers: { 'content-type': text.type, ...given }, body: content }
  }
  if (body === undefined) return { status, headers: given, body: null }
  const headers = { 'content-type': JSON_TYPE, ...modified(body), ...given }
  return { status, headers, body: JSON.stringify(body) }
}

/** GitHub dates answers that are one thing with a time of change. */
function modified(body: unknown): Readonly<Record<string, string>> {
  if (typeof body !== 'object' || body === null || !('updated_at' in body)) return {}
  const time = Date.parse(String(body.updated_at))
  return Number.isNaN(time) ? {} : { 'last-modified': new Date(time).toUTCString() }
}

export function refuse(refusal: Refusal): Reply {
  const body = {
    message: refusal.message,
    ...(refusal.errors === null ? {} : { errors: refusal.errors }),
    documentation_url: DOCUMENTATION,
    status: String(refusal.status)
  }
  const headers = { 'content-type': JSON_TYPE, ...refusal.headers }
  return { status: refusal.status, headers, body: JSON.stringify(body) }
}

/** A fault of the sandbox itself; its words help whoever runs a test against it. */
export function crash(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error)
  const body = { message: `Server Error: ${message}`, documentation_url: DOCUMENTATION }
  return { status: 500, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) }
}

/** `who` as the limits name the caller. Docs: "Rate limits for the REST API". */
export function exhausted(who: string): Reply {
  const body = {
    message: `API rate limit exceeded for ${who}.`,
    documentation_url: `${DOCUMENTATION}/using-the-rest-api/rate-limits-for-the-rest-api`,
    status: '403'
  }
  return { status: 403, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) }
}

/**
 * A read with its ETag, or 304 when the caller has it already. Docs: "Best practices for using the
 * REST API", use conditional requests if appropriate.
 */
export function conditional(reply: Reply, asked: Headers): Reply {
  if (reply.status !== 200 || reply.body === null) return reply
  const etag = `W/"${createHash('sha256').update(reply.body).digest('hex')}"`
  const { 'last-modified': date } = reply.headers
  const headers = { ...reply.headers, etag }
  if (!isKnown(asked, etag, date)) return { ...reply, headers }
  const { 'content-type': _, ...kept }: Record<string, string> = headers
  return { status: 304, headers: kept, body: null }
}

/** RFC 9110: `If-Modified-Since` is only looked at when there is no `If-None-Match`. */
function isKnown(asked: Headers, etag: string, date: string | undefined): boolean {
  const tags = asked.get('if-none-match')
  if (tags !== null) {
    const plain = (tag: string): string => tag.trim().replace(/^W\//, '')
    return tags.split(',').some(tag => tag.trim() === '*' || plain(tag) === plain(etag))
  }
  const since = asked.get('if-modified-since')
  return since !== null && date !== undefined && Date.parse(date) <= Date.parse(since)
}

/** The headers that every answer has. */
export function toResponse(world: World, reply: Reply, rate: Rate | null): Response {
  const response = new Response(reply.body, { status: reply.status, headers: reply.headers })
  const { headers } = response
  headers.set('date', world.now().toUTCString())
  headers.set('x-github-media-type', 'github.v3; format=json')
  headers.set('x-github-api-version-selected', '2022-11-28')
  headers.set('x-github-request-id', `SAND:${nextRecord(world.state).toString(16)}`)
  if (rate === null) return response
  headers.set('x-ratelimit-limit', String(rate.limit))
  headers.set('x-ratelimit-remaining', String(rate.remaining))
  headers.set('x-ratelimit-used', String(rate.used))
  headers.set('x-ratelimit-reset', String(rate.reset))
  headers.set('x-ratelimit-resource', 'core')
  return response
}
