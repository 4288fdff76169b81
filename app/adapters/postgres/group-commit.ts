/** What arrives while a write is under way is written together by the next one. */

export interface GroupCommitOptions<Row, Answer> {
  /** Most rows of one write. */
  readonly rows: number
  /** Most bytes of one write; a row that is larger goes alone. */
  readonly bytes: number
  readonly sizeOf: (row: Row) => number
  /** Stores all or nothing and answers for each row, in the order of `rows`. */
  readonly write: (rows: readonly Row[]) => Promise<readonly Answer[]>
  /** Whether a failed write may have been one row's fault: then its halves are tried apart. */
  readonly isRowsFault: (error: unknown) => boolean
}

export interface GroupCommit<Row, Answer> {
  /** Resolves when the row's own write is done. */
  put(row: Row): Promise<Answer>
  /** Resolves when nothing is waiting or under way any more. */
  drained(): Promise<void>
}

interface Entry<Row, Answer> {
  readonly row: Row
  readonly size: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * One write at a time. Nothing is held back to make a group larger: a row that comes alone is
 * written at once, together with what the same turn of the event loop brings.
 */
export function groupCommit<Row, Answer>(
  options: GroupCommitOptions<Row, Answer>
): GroupCommit<Row, Answer> {
  const waiting: Array<Entry<Row, Answer>> = []
  let writing: Promise<void> | null = null

  async function writeAll(): Promise<void> {
    await new Promise<void>(resolve => setImmediate(resolve))
    while (waiting.length > 0) await writeGroup(options, waiting.splice(0, fitting()))
    writing = null
  }

  function fitting(): number {
    let bytes = 0
    const end = waiting.findIndex((entry, index) => {
      bytes += entry.size
      return index > 0 && (index >= options.rows || bytes > options.bytes)
    })
    return end === -1 ? waiting.length : end
  }

  return {
    put: row =>
      new Promise((resolve, reject) => {
        waiting.push({ row, size: options.sizeOf(row), resolve, reject })
        writing ??= writeAll()
      }),
    drained: async () => {
      while (writing !== null) await writing
    }
  }
}

/** Never rejects: each entry hears about its own row. */
async function writeGroup<Row, Answer>(
  options: GroupCommitOptions<Row, Answer>,
  group: ReadonlyArray<Entry<Row, Answer>>
): Promise<void> {
  try {
    const answers = await options.write(group.map(entry => entry.row))
    for (const [index, entry] of group.entries()) entry.resolve(answers[index] as Answer)
  } catch (error) {
    if (group.length === 1 || !options.isRowsFault(error)) {
      for (const entry of group) entry.reject(error)
      return
    }
    const half = Math.ceil(group.length / 2)
    await writeGroup(options, group.slice(0, half))
    await writeGroup(options, group.slice(half))
  }
}
