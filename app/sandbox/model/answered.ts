/** One answer on its way: as a whole, or as the events of a stream. */

export interface StreamEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Wire {
  /** The answer to a request without `stream`. */
  readonly whole: unknown
  readonly events: readonly StreamEvent[]
}

/** What a provider says when it does not answer. */
export interface WireError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const DELTA_LENGTH = 24

/** A text as it streams: in pieces. The empty text is one empty piece. */
export function pieces(text: string): readonly string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${DELTA_LENGTH}}`, 'gu')) ?? ['']
}
