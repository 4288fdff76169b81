/** What an executor's test file brings to the contract suite. */
import type { AttemptId, AttemptSpec, AttemptState } from '#app/core/attempt.ts'
import type { Executor } from '#app/ports/executor.ts'
import type { FakeRunnerApp } from '#app/testing/fake-runner-app.ts'
import { until } from '#app/testing/running.ts'

/**
 * What the agent of a test does:
 * - `finish`: prints `one`, `two`, `three`, writes hello.txt, ends with 0
 * - `fail`: prints `broken`, ends with 3
 * - `wait`: prints `waiting`, goes on until it is ended
 * - `chatty`: prints far more than `limits.logBytes` allows, then ends with 0
 * - `stubborn` (processes only): prints `pid <n>` for itself and for a grandchild that ignores TERM
 *   and left the process group, then goes on until it is ended
 * - `missing`: its program is not there
 */
export type Behaviour = 'finish' | 'fail' | 'wait' | 'chatty' | 'stubborn' | 'missing'

export interface SpecOverrides {
  readonly id?: AttemptId
  /** Kind of the agent; default `command`. */
  readonly agent?: string
  /** Seconds until the deadline; default 60. */
  readonly seconds?: number
  readonly logBytes?: number
}

export interface ExecutorHarness {
  readonly executor: Executor
  readonly app: FakeRunnerApp
  /** Makes the job at the fake app and the spec that goes with it, with a new id unless one is given. */
  spec(behaviour: Behaviour, overrides?: SpecOverrides): AttemptSpec
  /** Drops the executor and answers another one for the same machine; only with `adoption`. */
  second(): Promise<Executor>
  cleanup(): Promise<void>
}

export interface ExecutorTraits {
  /** It starts real processes, so the suite looks for what is left of them. */
  readonly processes: boolean
  /** Attempts outlive the executor that started them. */
  readonly adoption: boolean
}

/** Waits for the end; answers how it ended. */
export function ended(
  executor: Executor,
  id: AttemptId
): Promise<AttemptState & { kind: 'ended' }> {
  return until(`the end of ${id}`, async () => {
    const state = await executor.inspect(id)
    return state.kind === 'ended' ? state : null
  })
}

/** Everything that comes, once it has ended. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
