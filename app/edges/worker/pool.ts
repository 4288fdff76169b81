/** Works several items at once and remembers what is under way, so that a drain can wait for it. */
export interface Pool {
  /** How many more may begin now. */
  readonly free: () => number
  begin(work: () => Promise<void>): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** `settled` is called after each item, whatever came of it; `work` must not throw. */
export function createPool(size: number, settled: () => void): Pool {
  const under = new Set<Promise<void>>()
  return {
    free: () => size - under.size,
    begin(work) {
      const one = work().finally(() => {
        under.delete(one)
        settled()
      })
      under.add(one)
    },
    async idle() {
      while (under.size > 0) await Promise.allSettled(under)
    }
  }
}

/** Notes an id as in hand while it is worked on. */
export async function handling<T>(inHand: Set<T>, id: T, work: () => Promise<void>): Promise<void> {
  inHand.add(id)
  try {
    await work()
  } finally {
    inHand.delete(id)
  }
}
