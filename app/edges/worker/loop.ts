/** A loop that works while there is work, sleeps until a hint or the poll, and can be drained. */
import type { Log } from '#app/ports/platform.ts'

export interface Loop {
  /** There may be work: look now. */
  wake(): void
  /** Stops taking work and resolves when what was begun is done. */
  drain(): Promise<void>
}

export interface LoopOptions {
  readonly name: string
  /** Poll backstop when no hint comes. */
  readonly everyMs: number
  readonly log: Log
  /** One pass; true when there may be more at once. */
  readonly pass: () => Promise<boolean>
}

/** Failures of a pass are logged once and answered by a longer sleep, up to 10 s: the database may be away. */
export function startLoop(options: LoopOptions): Loop {
  const { name, everyMs, log, pass } = options
  let stopping = false
  let hinted = false
  let ring: (() => void) | null = null
  let failures = 0

  async function sleep(ms: number): Promise<void> {
    if (hinted || stopping) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      ring = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    ring = null
  }

  async function run(): Promise<void> {
    while (!stopping) {
      hinted = false
      let more = false
      try {
        more = await pass()
        if (failures > 0) log.info({ loop: name, failures }, 'loop works again')
        failures = 0
      } catch (error) {
        failures += 1
        if (failures === 1 || failures % 20 === 0)
          log.error({ loop: name, failures, err: error }, 'loop pass went wrong')
      }
      if (!more || failures > 0)
        await sleep(Math.min(everyMs * 2 ** Math.min(failures, 5), Math.max(everyMs, 10_000)))
    }
  }

  const done = run()
  return {
    wake() {
      hinted = true
      ring?.()
    },
    async drain() {
      stopping = true
      ring?.()
      await done
    }
  }
}
