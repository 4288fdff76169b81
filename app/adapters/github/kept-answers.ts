/** Answers that cannot change, kept for a while: many runs begin at the same commit. */

/** One answer may be so large; larger ones pass through. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024
/** All that is kept, over all repositories. */
const MOST_BYTES = 32 * 1024 * 1024
const KEEP_MS = 5 * 60_000

interface Kept {
  readonly bytes: Buffer
  readonly headers: Headers
  readonly until: number
}

export interface KeptAnswers {
  /**
   * The kept answer of this key, or what `ask` brings. Who asks for the same while it is on its way
   * waits for it. `mayKeep` sees the whole body; an error is nobody's but its asker's.
   */
  get(
    key: string,
    ask: () => Promise<Response>,
    mayKeep?: (bytes: Buffer) => boolean
  ): Promise<Response>
}

export function createKeptAnswers(now: () => Date): KeptAnswers {
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, Promise<Kept | null>>()
  let total = 0

  function forget(key: string, { bytes }: Kept): void {
    kept.delete(key)
    total -= bytes.length
  }

  function find(key: string): Kept | null {
    const found = kept.get(key)
    if (found === undefined) return null
    if (found.until > now().getTime()) return found
    forget(key, found)
    return null
  }

  function keep(key: string, answer: Kept): void {
    const before = kept.get(key)
    if (before !== undefined) forget(key, before)
    kept.set(key, answer)
    total += answer.bytes.length
    for (const [oldest, one] of kept) {
      if (total <= MOST_BYTES) return
      forget(oldest, one)
    }
  }

  async function askAndKeep(
    key: string,
    ask: () => Promise<Response>,
    mayKeep: (bytes: Buffer) => boolean
  ): Promise<{ readonly response: Response; readonly answer: Kept | null }> {
    const response = await ask()
    const { whole, start, rest } = await readUpTo(response.body, MOST_ANSWER_BYTES)
    if (!whole) return { response: new Response(rest, response), answer: null }
    const answer = { bytes: start, headers: response.headers, until: now().getTime() + KEEP_MS }
    if (!mayKeep(start)) return { response: respond(answer), answer: null }
    keep(key, answer)
    return { response: respond(answer), answer }
  }

  return {
    async get(key, ask, mayKeep = () => true) {
      const known = find(key) ?? (await underWay.get(key)) ?? null
      if (known !== null) return respond(known)
      const asked = askAndKeep(key, ask, mayKeep)
      const others = asked.then(
        ({ answer }) => answer,
        () => null
      )
      underWay.set(key, others)
      try {
        return (await asked).response
      } finally {
        if (underWay.get(key) === others) underWay.delete(key)
      }
    }
  }
}

function respond({ bytes, headers }: Kept): Response {
  return new Response(new Uint8Array(bytes), { status: 200, headers })
}

/** A body when it is no longer than `limit`; else it streams on, from its first byte. */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number
): Promise<
  | { readonly whole: true; readonly start: Buffer; readonly rest: null }
  | { readonly whole: false; readonly start: null; readonly rest: ReadableStream<Uint8Array> }
> {
  if (body === null) return { whole: true, start: Buffer.alloc(0), rest: null }
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  for (let bytes = 0; bytes <= limit; ) {
    const { done, value } = await reader.read()
    if (done) return { whole: true, start: Buffer.concat(chunks), rest: null }
    chunks.push(value)
    bytes += value.byteLength
  }
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const early = chunks.shift()
      if (early !== undefined) return controller.enqueue(early)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: reason => reader.cancel(reason)
  })
  return { whole: false, start: null, rest }
}
