/** One call of the REST API as it went over the wire, for those who watch. */
export interface Exchange {
  readonly method: string
  /** Below /api/v3, without the query, not decoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** The parsed body of the request; undefined when there was none, or it was no JSON. */
  readonly sent: unknown
  readonly status: number
  /** The parsed body of the answer; undefined when there is none, or it is no JSON. */
  readonly answered: unknown
  /** The login that called. */
  readonly by: string
}
