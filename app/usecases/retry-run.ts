import type { Trigger } from '#app/core/command.ts'
import type { RefusalReason } from '#app/core/decision.ts'
import { hasCode } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import { isFinal, type Run } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import { audited } from './answers.ts'
import { askForDisplay } from './start-run.ts'

/**
 * Gives an ended run that did not succeed another attempt (decisions 7): same row, same trigger,
 * pending again. `run_active` when another run of the issue has begun meanwhile.
 */
export async function reopenRun(
  tables: Tables,
  id: string,
  wish: { readonly trigger: Trigger; readonly repository: Repository }
): Promise<'reopened' | Extract<RefusalReason, 'no_run' | 'run_active' | 'run_not_failed'>> {
  const run = await tables.runs.load(id, 'lock')
  if (run === null) return 'no_run'
  if (!isFinal(run.state)) return 'run_active'
  if (run.state === 'succeeded') return 'run_not_failed'
  const active = await tables.runLists.active(run.repositoryId, run.issueNumber)
  if (active !== null) return 'run_active'
  const changed = await reopen(tables, run)
  if (changed === null) return 'run_active'
  await tables.runEvents.add(id, 'run.retried', { by: wish.trigger.actor })
  await tables.audit.add(
    audited(wish.repository, wish.trigger, {
      type: 'run.retried',
      reason: null,
      issue: run.issueNumber,
      run: id
    })
  )
  await askForDisplay(tables, changed)
  return 'reopened'
}

/** Null when another run of the issue became active first: the database holds that rule. */
async function reopen(tables: Tables, run: Run): Promise<Run | null> {
  try {
    return await tables.runs.change(run.id, null, {
      state: 'pending',
      phase: 'created',
      reason: null,
      detail: null,
      cancelBy: null,
      cancelReason: null,
      result: null,
      retries: run.retries + 1
    })
  } catch (error) {
    if (hasCode(error, 'CONFLICT')) return null
    throw error
  }
}
