import type { Trigger } from '#app/core/command.ts'
import type { Decision, Refusal } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import type { Repository } from '#app/core/project.ts'
import type { KeptReview, TrustedText } from '#app/core/run.ts'
import { isFinal } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import { requestCancel } from './cancel-run.ts'
import { chooseRunAgent } from './choose-run-agent.ts'
import type { TriggeredIssue } from './gather-facts.ts'
import { reopenRun } from './retry-run.ts'
import { startRun } from './start-run.ts'
import type { World } from './world.ts'

export interface DecidedInput {
  readonly repository: Repository
  readonly issue: TriggeredIssue
  readonly trigger: Trigger
  readonly decision: Decision
  readonly pullRequest: number | null
  readonly pullRequestLabels: readonly string[]
  readonly comments: { readonly kept: readonly TrustedText[]; readonly leftOut: number }
  readonly review: readonly TrustedText[]
}

export type CarriedOut =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'command'; readonly run: string }
  | { readonly kind: 'tell'; readonly what: 'status' | 'help' }
  | { readonly kind: 'duplicate' }
  | Refusal

/**
 * Writes what a decision says, in the caller's transaction. The state may have moved since the
 * facts were read: what no longer fits comes back as a refusal with its reason.
 */
export async function carryOut(
  world: Pick<World, 'ids' | 'settings' | 'stages'>,
  tables: Tables,
  input: DecidedInput
): Promise<CarriedOut> {
  const { decision, trigger, repository } = input
  switch (decision.kind) {
    case 'refuse':
    case 'tell':
      return decision
    case 'start': {
      const stage = world.stages[decision.stage]
      if (stage === undefined) return refuse('stage_disabled', { stage: decision.stage })
      const chosen = await chooseRunAgent(world, tables, { input, stage })
      if ('kind' in chosen) return chosen
      const { executor } = world.settings
      const started = await startRun(world, tables, { ...input, decision, chosen, executor })
      if (started === 'duplicate') return { kind: 'duplicate' }
      if ('kind' in started) return withActiveRun(tables, input, started)
      return { kind: 'run', run: started.run }
    }
    case 'cancel': {
      const canceled = await requestCancel(world, tables, decision.run, {
        by: trigger.actor,
        reason: trigger.channel,
        trigger,
        repository
      })
      return canceled === 'requested'
        ? { kind: 'command', run: decision.run }
        : refuse('no_active_run')
    }
    case 'retry': {
      const reopened = await reopenRun(tables, decision.run, { trigger, repository })
      if (reopened === 'reopened') return { kind: 'command', run: decision.run }
      return withActiveRun(tables, input, refuse(reopened))
    }
    case 'keep-review':
      return keepReview(tables, decision.run, { trigger, review: input.review })
  }
}

/** Names the run that is in the way, for the sentence. */
async function withActiveRun(
  tables: Tables,
  input: DecidedInput,
  refusal: Refusal
): Promise<Refusal> {
  if (refusal.reason !== 'run_active') return refusal
  const active = await tables.runLists.active(input.repository.id, input.issue.number)
  return refuse('run_active', active === null ? {} : { run: active.id, stage: active.stage })
}

async function keepReview(tables: Tables, id: string, kept: KeptReview): Promise<CarriedOut> {
  const run = await tables.runs.load(id, 'lock')
  if (run === null || isFinal(run.state)) return refuse('run_active')
  const known = run.nextRevise.some(other => other.trigger.key === kept.trigger.key)
  if (known) return { kind: 'duplicate' }
  await tables.runs.change(id, null, { nextRevise: [...run.nextRevise, kept] })
  await tables.runEvents.add(id, 'review.kept', { by: kept.trigger.actor })
  return { kind: 'command', run: id }
}
