/** Signed deliveries of a given size, each different, made from GitHub's own example payloads. */
import { createHmac, randomUUID } from 'node:crypto'
import examples from '@octokit/webhooks-examples' with { type: 'json' }

export const SECRET = 'a-secret-of-the-ingest-benchmark'

/** Median and 95th percentile of GitHub's example payloads, in bytes. */
export const SIZES = [7_700, 24_600] as const
export type Size = (typeof SIZES)[number]

export interface SignedBody {
  readonly event: string
  readonly body: Buffer
  readonly signature: string
}

interface Example {
  readonly event: string
  readonly payload: Readonly<Record<string, Json>>
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** The kinds of payload that a body is made from; all are ones that every subject has a handler for. */
const EVENTS: ReadonlySet<string> = new Set(['issues', 'issue_comment', 'pull_request'])
const KINDS = 12

/** `count` bodies of exactly `size` bytes about as many issues of one repository. */
export function signedBodies(size: Size, count: number): readonly SignedBody[] {
  const kinds = nearest(size)
  return Array.from({ length: count }, (_, index) => {
    const { event, payload } = kinds[index % kinds.length] ?? fail(size)
    const body = Buffer.from(padded(numbered(payload, index + 1), size))
    const digest = createHmac('sha256', SECRET).update(body).digest('hex')
    return { event, body, signature: `sha256=${digest}` }
  })
}

/** GitHub's request for a body; a fresh delivery id unless one is given. */
export function requestHead(signed: SignedBody, path: string, id: string = randomUUID()): string {
  return [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'user-agent: GitHub-Hookshot/bench',
    'accept: */*',
    'content-type: application/json',
    `content-length: ${signed.body.byteLength}`,
    `x-github-delivery: ${id}`,
    `x-github-event: ${signed.event}`,
    'x-github-hook-installation-target-id: 1',
    'x-github-hook-installation-target-type: integration',
    `x-hub-signature-256: ${signed.signature}`,
    '\r\n'
  ].join('\r\n')
}

function nearest(size: Size): readonly Example[] {
  const all = (
    examples as unknown as readonly { name: string; examples: readonly Example['payload'][] }[]
  )
    .filter(({ name }) => EVENTS.has(name))
    .flatMap(({ name, examples: payloads }) =>
      payloads.map(payload => ({
        event: name,
        payload: cut(payload, size),
        off: Math.abs(lengthOf(payload) - size)
      }))
    )
  return all.toSorted((left, right) => left.off - right.off).slice(0, KINDS)
}

function numbered(payload: Example['payload'], number: number): Record<string, Json> {
  const copy = structuredClone(payload) as Record<string, Json>
  for (const key of ['issue', 'pull_request']) {
    const thread = copy[key]
    if (isObject(thread)) copy[key] = { ...thread, number, id: 1_000_000_000 + number }
  }
  return copy
}

/** Without as many links of repository and sender as must go, so that the payload is short enough. */
function cut(payload: Example['payload'], size: Size): Example['payload'] {
  const shorter: Record<string, Json> = { ...payload }
  for (const key of ['repository', 'sender']) {
    const object: Record<string, Json> = { ...(isObject(payload[key]) ? payload[key] : {}) }
    shorter[key] = object
    for (const link of Object.keys(object).filter(name => name.endsWith('_url'))) {
      if (lengthOf(shorter) + ROOM <= size) return shorter
      delete object[link]
    }
  }
  return shorter
}

/** For numbers longer than the example's, and for the filler's own key. */
const ROOM = 60

function padded(payload: Record<string, Json>, size: Size): string {
  return JSON.stringify({ ...payload, note: prose(size - lengthOf({ ...payload, note: '' })) })
}

const WORDS = 'the build fails on every branch since we moved the parser and nobody knows why '

function prose(length: number): string {
  if (length < 0) throw new Error(`an example payload is ${-length} bytes too long`)
  return WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length)
}

function lengthOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fail(size: number): never {
  throw new Error(`no example payload of about ${size} bytes`)
}
