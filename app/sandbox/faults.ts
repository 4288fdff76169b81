/** Things that go wrong between GitHub and its caller, on demand. */

export interface LostAnswer {
  readonly method: string
  /** Tested against the path below /api/v3, and against the whole path. */
  readonly path: RegExp
  readonly times: number
}

export interface Faults {
  /** The next `times` matching requests are done, then their connection is cut without an answer. */
  loseAnswer(match: LostAnswer): void
  clear(): void
  /** True when this answer must be lost; counts it. */
  takes(method: string, path: string): boolean
}

export function createFaults(): Faults {
  const waiting: { method: string; path: RegExp; left: number }[] = []
  return {
    loseAnswer({ method, path, times }) {
      waiting.push({ method: method.toUpperCase(), path, left: times })
    },
    clear() {
      waiting.length = 0
    },
    takes(method, path) {
      const short = path.replace(/^\/api\/v3/, '')
      const hit = waiting.find(
        one =>
          one.left > 0 &&
          one.method === method &&
          // A sticky or global expression remembers where it stopped; search() does not.
          (short.search(one.path) !== -1 || path.search(one.path) !== -1)
      )
      if (hit === undefined) return false
      hit.left -= 1
      return true
    }
  }
}
