import type { Command } from './command.ts'
import type { CommandDefinition, Decision, Facts } from './decision.ts'
import { refuse } from './decision.ts'
import { triggersAmong } from './labels.ts'

/**
 * What a command leads to, whatever channel it came through: one function for labels, comments,
 * reviews, buttons and the command line. `definitions` are the platform's commands; one that is
 * not among them is `unknown_command`.
 */
export function decide(
  facts: Facts,
  command: Command,
  definitions: readonly CommandDefinition[]
): Decision {
  const conflict = labelConflict(facts, command)
  if (conflict !== null) return conflict
  const definition = definitions.find(other => other.name === command.name)
  if (definition === undefined) return refuse('unknown_command', { text: `/${command.name}` })
  return definition.decide(facts, command)
}

/**
 * Two trigger labels say two things. While a run is active its own label is on the issue
 * (decisions 5), so then the run is what stands in the way, and taking labels off would cancel it.
 */
function labelConflict(facts: Facts, command: Command): Decision | null {
  if (facts.trigger.channel !== 'label' || command.name !== 'run' || facts.active !== null)
    return null
  const labels = triggersAmong(facts.issue.labels, facts.labels).map(trigger => trigger.label)
  if (labels.length < 2) return null
  return refuse('issue_trigger_label_conflict', { labels: labels.join(', ') })
}
