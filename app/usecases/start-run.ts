import type { Chosen } from '#app/core/agent-choice.ts'
import type { Trigger } from '#app/core/command.ts'
import type { Decision, Refusal } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import { LANES } from '#app/core/effect.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run, RunRequest, TrustedText } from '#app/core/run.ts'
import { branchOf } from '#app/core/run.ts'
import type { Tables } from '#app/ports/store.ts'
import { audited } from './answers.ts'
import type { TriggeredIssue } from './gather-facts.ts'
import type { World } from './world.ts'

export type StartDecision = Extract<Decision, { kind: 'start' }>

export interface StartInput {
  readonly repository: Repository
  readonly issue: TriggeredIssue
  readonly trigger: Trigger
  readonly decision: StartDecision
  readonly pullRequest: number | null
  readonly comments: { readonly kept: readonly TrustedText[]; readonly leftOut: number }
  readonly review: readonly TrustedText[]
  readonly chosen: Chosen
  readonly executor: string
}

type StartWorld = Pick<World, 'ids' | 'stages'>

/**
 * Makes the run's row and asks for its status comment and check run, in the caller's transaction.
 * The database settles races: a second active run of the issue is `run_active`, a trigger seen
 * before is `duplicate`.
 */
export async function startRun(
  world: StartWorld,
  tables: Tables,
  input: StartInput
): Promise<Refusal | 'duplicate' | { readonly run: string }> {
  const { repository, issue, trigger, decision, chosen } = input
  const stage = world.stages[decision.stage]
  if (stage === undefined) return refuse('stage_disabled', { stage: decision.stage })
  const id = world.ids.next()
  const outcome = await tables.runs.insert({
    id,
    projectId: repository.projectId,
    repositoryId: repository.id,
    issueNumber: issue.number,
    stage: decision.stage,
    kind: decision.runKind,
    locale: repository.locale,
    triggerKey: trigger.key,
    triggerLabel: trigger.label,
    correlationId: trigger.correlationId,
    actor: trigger.actor,
    request: { ...requestOf(input), refusedModel: chosen.refusedModel },
    parentId: decision.parent,
    agent: chosen.agent,
    executor: input.executor,
    branch: branchOf(issue.number),
    pullRequest: decision.runKind === 'revise' ? input.pullRequest : null,
    timeoutSeconds: stage.timeoutSeconds
  })
  if (outcome === 'duplicate') return 'duplicate'
  if (outcome === 'active') return refuse('run_active', {})
  await tables.runEvents.add(id, 'run.created', {
    stage: decision.stage,
    kind: decision.runKind,
    by: trigger.actor,
    agent: chosen.agent.name,
    model: chosen.agent.model,
    reasoning: chosen.agent.reasoning
  })
  await tables.audit.add(
    audited(repository, trigger, {
      type: 'webhook.received',
      reason: null,
      issue: issue.number,
      run: id
    })
  )
  await tables.links.add({
    from: ['issue', `${repository.id}#${issue.number}`],
    to: ['run', id],
    type: 'triggered'
  })
  await askForDisplay(tables, { id, correlationId: trigger.correlationId })
  return { run: id }
}

/** A change of phase often follows the last one at once; what is shown may wait this long for both. */
const COALESCE_MS = 250

/** Asks for the run's status comment and check run to be brought up to date. */
export async function askForDisplay(
  tables: Pick<Tables, 'effects'>,
  run: Pick<Run, 'id' | 'correlationId'>
): Promise<void> {
  await ask(tables, run, { kind: 'sync-status-comment', delayMs: 0 })
  await ask(tables, run, { kind: 'sync-check-run', delayMs: 0 })
}

/** The same for a step on the way: only the check run shows those (decisions 36), and soon is soon enough. */
export async function askForCheckRun(
  tables: Pick<Tables, 'effects'>,
  run: Pick<Run, 'id' | 'correlationId'>
): Promise<void> {
  await ask(tables, run, { kind: 'sync-check-run', delayMs: COALESCE_MS })
}

async function ask(
  tables: Pick<Tables, 'effects'>,
  run: Pick<Run, 'id' | 'correlationId'>,
  {
    kind,
    delayMs
  }: { readonly kind: 'sync-status-comment' | 'sync-check-run'; readonly delayMs: number }
): Promise<void> {
  await tables.effects.add({
    key: `${kind}:${run.id}`,
    effect: { kind, run: run.id },
    lane: LANES.normal,
    run: run.id,
    correlationId: run.correlationId,
    delayMs
  })
}

function requestOf(input: StartInput): RunRequest {
  const { issue, trigger, decision, comments, review } = input
  const { number, title, body, author, url } = issue
  return {
    trigger,
    issue: { number, title, body, author, url },
    comments: comments.kept,
    commentsLeftOut: comments.leftOut,
    review,
    instruction: decision.instruction
  }
}
