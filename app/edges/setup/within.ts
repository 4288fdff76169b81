/** Longest that a page waits for the start before it says that it is under way. */
const PATIENCE_MS = 15_000

/** Waits for the work, but not longer than a person does; it goes on, and its outcome is on the last page. */
export async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
