import { type Chosen, chooseAgent } from '#app/core/agent-choice.ts'
import type { Refusal } from '#app/core/decision.ts'
import type { Settings } from '#app/core/settings.ts'
import type { Stage } from '#app/core/stage.ts'
import type { Tables } from '#app/ports/store.ts'
import type { DecidedInput } from './carry-out.ts'

/** Agent, model and effort of a new run (product spec 3.2: a review asks the issue's labels first). */
export async function chooseRunAgent(
  { settings }: { readonly settings: Pick<Settings, 'agents' | 'labels'> },
  { projects }: Pick<Tables, 'projects'>,
  { input, stage }: { readonly input: DecidedInput; readonly stage: Stage }
): Promise<Chosen | Refusal> {
  const project = await projects.project(input.repository.projectId)
  const issue = input.issue.labels
  const pull = input.pullRequestLabels
  return chooseAgent(settings.agents, {
    project: project.key,
    stage: stage.name,
    role: stage.role,
    scopes: input.trigger.channel === 'review' ? [issue, pull] : [pull, issue],
    labels: settings.labels
  })
}
