import type { LogChunk } from '#app/core/attempt.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** Stores one numbered piece of the log, redacted. A gap is refused, so that a cut resumes where it ended. */
export async function appendLog(
  world: Pick<World, 'store' | 'redactor'>,
  identity: RunnerIdentity,
  chunk: LogChunk
): Promise<{ readonly outcome: 'stored' | 'known' | 'gap'; readonly next: number }> {
  const clean = { ...chunk, text: world.redactor.redact(chunk.text) }
  return world.store.transaction(({ logs }) =>
    logs.put(identity.run.id, identity.attempt.number, clean)
  )
}
