/** What the model was asked, for those who watch. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Asked } from './asked.ts'
import type { Failure } from './failures.ts'
import type { Usage } from './usage.ts'

export interface ModelRequest {
  /** ISO time. */
  readonly at: string
  readonly method: string
  /** With its query. */
  readonly path: string
  /** A credential's value is replaced by its `fingerprint`. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined when there was none. */
  readonly body: unknown
  /** Null when no answer of the model was asked for. */
  readonly asked: Asked | null
  /**
   * What was made of it: an answer of a script; a `side` call of the CLI itself (titles, quota),
   * which gets a word and no place in a script; a failure on command; a `problem` of script or client;
   * a path that is `not_offered` (Claude Code asks whether `/api/hello` is there).
   */
  readonly outcome:
    | { readonly kind: 'answer'; readonly script: string; readonly beat: number }
    | { readonly kind: 'side' | 'count' | 'models' | 'not_offered' }
    | { readonly kind: 'failure'; readonly failure: Failure }
    | { readonly kind: 'problem'; readonly message: string }
  readonly status: number
  /** As reported to the client; null when nothing was. */
  readonly usage: Usage | null
}

const CREDENTIALS = ['authorization', 'x-api-key', 'cookie', 'proxy-authorization']

/** Says whether two credentials are the same without holding either. */
export function fingerprint(credential: string): string {
  return `sha256:${createHash('sha256').update(credential).digest('hex').slice(0, 16)}`
}

export function maskedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : (value ?? '')
      return [name, CREDENTIALS.includes(name) ? fingerprint(text) : text]
    })
  )
}
