/** Things that go wrong between GitHub and its caller, on demand. */

export interface FaultMatch {
  /** `*` for all. */
  readonly method: string
  /** Tested against the path below /api/v3, and against the whole path. */
  readonly path: RegExp
  readonly times: number
}

/** Docs: "Rate limits for the REST API", exceeding the rate limit. */
interface SecondaryLimit extends FaultMatch {
  readonly status?: 403 | 429
  /** Sent as `Retry-After`; null sends none. 60 when nothing is said. */
  readonly retryAfterSeconds?: number | null
}

/** What a test may order; each fault is used up after `times` matching requests. */
export interface FaultOrders {
  /** The request is done, then its connection is cut without an answer. */
  loseAnswer(match: FaultMatch): void
  /** The request waits that long before it is looked at. */
  delay(match: FaultMatch & { readonly ms: number }): void
  /** Nothing is done, and GitHub's error page or message is the answer. */
  fail(match: FaultMatch & { readonly status: 500 | 502 | 503 | 504 }): void
  /** Nothing is done; the answer is that of the secondary rate limit. */
  limit(match: SecondaryLimit): void
  clear(): void
}

/** An answer that stands in for the work. */
export interface FaultAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ActiveFault {
  readonly kind: Exclude<keyof FaultOrders, 'clear'>
  readonly match: FaultMatch
  /** What it was ordered with, such as "1000 ms"; '' for nothing. */
  readonly how: string
  /** How many requests it still happens to. */
  readonly left: number
}

export interface Faults extends FaultOrders {
  /** Those that are not used up, the first ordered first. */
  active(): readonly ActiveFault[]
  /** True when this answer must be lost; counts it. */
  takes(method: string, path: string): boolean
  /** How long this request must wait; counts it. */
  delayOf(method: string, path: string): number
  /** What is answered instead of doing the work, null for nothing; counts it. */
  answerOf(method: string, path: string): FaultAnswer | null
}

/** Three lists, because a request can wait, fail and lose its answer all at once. */
type Waiting<T> = Omit<ActiveFault, 'left'> & { readonly what: T; left: number }

export function createFaults(): Faults {
  const losses: Waiting<true>[] = []
  const delays: Waiting<number>[] = []
  const answers: Waiting<FaultAnswer>[] = []
  const all: Waiting<unknown>[] = []
  const order = <T>(list: Waiting<T>[], fault: Omit<Waiting<T>, 'left'>): void => {
    const waiting = { ...fault, left: fault.match.times }
    list.push(waiting)
    all.push(waiting)
  }
  return {
    loseAnswer: match => order(losses, { kind: 'loseAnswer', match, how: '', what: true }),
    delay: match => order(delays, { kind: 'delay', match, how: `${match.ms} ms`, what: match.ms }),
    fail: match =>
      order(answers, { kind: 'fail', match, how: `${match.status}`, what: failure(match.status) }),
    limit(match) {
      const what = secondaryLimit(match)
      const wait = what.headers['retry-after']
      const how = `${what.status}${wait === undefined ? '' : `, Retry-After: ${wait}`}`
      order(answers, { kind: 'limit', match, how, what })
    },
    clear() {
      for (const list of [losses, delays, answers, all]) list.length = 0
    },
    active: () => all.filter(one => one.left > 0),
    takes: (method, path) => take(losses, method, path) ?? false,
    delayOf: (method, path) => take(delays, method, path) ?? 0,
    answerOf: (method, path) => take(answers, method, path)
  }
}

function take<T>(list: readonly Waiting<T>[], method: string, path: string): T | null {
  const short = path.replace(/^\/api\/v3/, '')
  const hit = list.find(
    ({ match, left }) =>
      left > 0 &&
      (match.method === '*' || match.method.toUpperCase() === method) &&
      // A sticky or global expression remembers where it stopped; search() does not.
      (short.search(match.path) !== -1 || path.search(match.path) !== -1)
  )
  if (hit === undefined) return null
  hit.left -= 1
  return hit.what
}

/** GitHub's front answers 503 and 504 with a page, its application 500 and 502 with JSON. */
function failure(status: number): FaultAnswer {
  if (status < 503) return { status, headers: JSON_TYPE, body: '{"message":"Server Error"}' }
  const words = 'No server is currently available to service your request.'
  const headers = { 'content-type': 'text/html' }
  return { status, headers, body: `<!DOCTYPE html>\n<html><body><p>${words}</p></body></html>\n` }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

function secondaryLimit({ status = 403, retryAfterSeconds = 60 }: SecondaryLimit): FaultAnswer {
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
  const documentation_url =
    'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits'
  const wait: Record<string, string> =
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }
  const body = JSON.stringify({ message, documentation_url })
  return { status, headers: { ...JSON_TYPE, ...wait }, body }
}
