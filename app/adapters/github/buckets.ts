/** A token bucket: what it holds when full, and how fast it fills. */
interface Bucket {
  readonly capacity: number
  readonly refillPerSecond: number
}

/**
 * Sizes of GitHub's buckets by name. Below its secondary limits (docs: "Rate limits for the REST API"):
 * in any minute at most 900 points and 80 content creations, so what a full bucket holds and what flows
 * in within a minute stay under that together. The sandbox has no such limits.
 */
export function bucketsOf(options: { readonly sandbox: boolean }): (name: string) => Bucket {
  return name => {
    if (options.sandbox) return { capacity: 100_000, refillPerSecond: 10_000 }
    if (name.startsWith('github-content')) return { capacity: 40, refillPerSecond: 0.65 }
    return { capacity: 300, refillPerSecond: 9.9 }
  }
}
