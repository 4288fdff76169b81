import { AppError } from '#app/core/errors.ts'
import type { HookAttempt } from '#app/core/missed-delivery.ts'
import type { AppHook } from '#app/ports/app-hook.ts'

/** GitHub's log of deliveries in memory, in pages of two; the test writes `log` and reads `asked`. */
export function fakeAppHook(): AppHook & {
  /** In any order. */
  readonly log: HookAttempt[]
  /** Attempt ids that were asked for, in order. */
  readonly asked: string[]
  /** What a call throws, by `page` or an attempt's id. */
  readonly failures: Map<string, Error>
} {
  const log: HookAttempt[] = []
  const asked: string[] = []
  const failures = new Map<string, Error>()

  function failOn(what: string): void {
    const failure = failures.get(what)
    if (failure !== undefined) throw failure
  }

  return {
    log,
    asked,
    failures,
    async page(cursor) {
      const start = Number(cursor ?? 0)
      if (start > 0) failOn('page')
      const newestFirst = log.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))
      const next = start + 2 < newestFirst.length ? String(start + 2) : null
      return { attempts: newestFirst.slice(start, start + 2), next }
    },
    async redeliver(attemptId) {
      failOn(attemptId)
      if (!log.some(attempt => attempt.id === attemptId))
        throw new AppError('NOT_FOUND', `no attempt ${attemptId}`)
      asked.push(attemptId)
    }
  }
}
