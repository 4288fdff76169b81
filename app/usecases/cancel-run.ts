import type { Trigger } from '#app/core/command.ts'
import type { Repository } from '#app/core/project.ts'
import { isFinal } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import { audited } from './answers.ts'
import { type FinishWorld, finishRun } from './finish-run.ts'
import { askForDisplay } from './start-run.ts'

/**
 * Asks a run to end. Idempotent: a run that is being cancelled stays so, an ended one answers
 * `ended`. A pending run ends here and now; a running one when its worker has stopped the agent.
 */
export async function requestCancel(
  world: FinishWorld,
  tables: Tables,
  id: string,
  wish: {
    readonly by: string
    readonly reason: string
    readonly trigger: Trigger
    readonly repository: Repository
  }
): Promise<'requested' | 'ended'> {
  const run = await tables.runs.load(id, 'lock')
  if (run === null || isFinal(run.state)) return 'ended'
  if (run.cancelBy !== null) return 'requested'
  const changed = await tables.runs.change(id, null, {
    cancelBy: wish.by,
    cancelReason: wish.reason,
    nextCheckInSeconds: 0
  })
  await tables.runEvents.add(id, 'run.cancel_requested', { by: wish.by })
  await tables.audit.add(
    audited(wish.repository, wish.trigger, {
      type: 'run.cancel_requested',
      reason: wish.reason,
      issue: run.issueNumber,
      run: id
    })
  )
  if (run.state === 'pending') {
    await finishRun(world, tables, changed, { state: 'canceled', reason: null, detail: null }, null)
    return 'requested'
  }
  await askForDisplay(tables, changed)
  return 'requested'
}
