import type { Trigger } from '#app/core/command.ts'
import type { Refusal } from '#app/core/decision.ts'
import { LANES } from '#app/core/effect.ts'
import type { Repository } from '#app/core/project.ts'
import type { Settings } from '#app/core/settings.ts'
import type { Tables } from '#app/ports/store.ts'
import { REPLIES } from '#app/replies/index.ts'
import { recordRefusal, reply } from './answers.ts'

/** Answers a trigger with a refusal: audit row, label off, and the sentence with its remedy. */
export async function refuseTrigger(
  world: { readonly settings: Pick<Settings, 'labels'> },
  tables: Pick<Tables, 'audit' | 'effects'>,
  repository: Repository,
  input: { readonly trigger: Trigger; readonly refusal: Refusal; readonly issue: number }
): Promise<void> {
  if (!(await recordRefusal(tables, repository, input))) return
  const { trigger, refusal } = input
  const text = REPLIES.refused.render[repository.locale]({
    refusal,
    actor: trigger.actor,
    labels: world.settings.labels
  })
  await tables.effects.add(reply(repository, trigger, text, LANES.refusal))
}
