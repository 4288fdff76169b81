import type { CommandDefinition, Decision, Facts } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import { bare } from './bare.ts'
import { branchTaken, obstacleTo, runActive } from './start.ts'

export const retry: CommandDefinition<'retry'> = {
  name: 'retry',
  usage: '/retry',
  example: '/retry',
  summary: {
    en: 'Try the last run again when it failed, timed out or was canceled.',
    ru: 'Повторить последний запуск, если он не удался, не уложился в срок или был отменён.'
  },
  insteadOf: { rerun: '/retry', 're-run': '/retry', 'try-again': '/retry' },
  read: args => bare(args, { name: 'retry' }, '/retry'),
  decide: decideRetry
}

/**
 * Adds an attempt to the newest run (decisions 7). Timed out and canceled count as failed: in both
 * the work is not done and the person who asks again knows it. What has changed since the run's
 * start is asked anew, so a retry gets no further than a new run would.
 */
function decideRetry(facts: Facts): Decision {
  if (facts.active !== null) return runActive(facts.active)
  const { last } = facts
  if (last === null) return refuse('no_run')
  if (last.state === 'succeeded') return refuse('run_not_failed', { run: last.id })
  const obstacle = obstacleTo(facts, last.stage, facts.stages[last.stage])
  if (obstacle !== null) return obstacle
  if (last.kind === 'revise' && facts.pullRequest === null) {
    return refuse('run.revise.pr_not_found', { stage: last.stage })
  }
  return branchTaken(facts) ?? { kind: 'retry', run: last.id }
}
