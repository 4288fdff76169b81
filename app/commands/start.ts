/** What `/run` and `/revise` share: may a run of this stage start on this issue now? */
import type { Decision, Facts } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import { branchOf } from '#app/core/run.ts'
import type { Stage, StageName } from '#app/core/stage.ts'

/** Starts a stage's work. An open pull request is continued (decisions 12). */
export function startWork(facts: Facts, stageName: StageName, instruction: string): Decision {
  const stage = facts.stages[stageName]
  const obstacle = obstacleTo(facts, stageName, stage)
  if (obstacle !== null) return obstacle
  if (facts.active !== null) return runActive(facts.active)
  const taken = branchTaken(facts)
  if (taken !== null) return taken
  return { kind: 'start', stage: stageName, runKind: 'work', parent: null, instruction }
}

/** Starts a revise on the open pull request; a review during an active run is kept (decisions 6). */
export function startRevise(facts: Facts, stageName: StageName, instruction: string): Decision {
  const stage = facts.stages[stageName]
  const obstacle = obstacleTo(facts, stageName, stage)
  if (obstacle !== null) return obstacle
  if (stage?.revisable !== true) return refuse('stage_not_revisable', { stage: stageName })
  if (facts.active !== null) {
    if (facts.trigger.channel === 'review') return { kind: 'keep-review', run: facts.active.id }
    return runActive(facts.active)
  }
  if (facts.pullRequest === null) return refuse('run.revise.pr_not_found', { stage: stageName })
  // The session of another stage belongs to another role: such a revise starts without one.
  const parent = facts.last?.stage === stageName ? facts.last.id : null
  return { kind: 'start', stage: stageName, runKind: 'revise', parent, instruction }
}

/** Refused while the branch, without a pull request, holds commits of people (decisions 12). */
export function branchTaken(facts: Facts): Decision | null {
  if (facts.pullRequest !== null || facts.branchTakenBy === null) return null
  const { number } = facts.issue
  return refuse('branch_taken', { author: facts.branchTakenBy, branch: branchOf(number) })
}

export function runActive(active: { readonly id: string; readonly stage: StageName }): Decision {
  return refuse('run_active', { run: active.id, stage: active.stage })
}

/** What keeps any run of this stage from starting: the stage is off, or the issue is closed. */
export function obstacleTo(
  facts: Facts,
  name: StageName,
  stage: Stage | undefined
): Decision | null {
  if (stage === undefined) {
    const stages = Object.keys(facts.stages).join(', ')
    return refuse('stage_disabled', { stage: name, stages })
  }
  if (!facts.issue.open) return refuse('issue_closed', { issue: `#${facts.issue.number}` })
  return null
}
