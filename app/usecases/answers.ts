/** Effects that answer a trigger on GitHub. Every key comes from the trigger, so that each is answered once. */
import type { AuditEntry } from '#app/core/audit.ts'
import type { Trigger } from '#app/core/command.ts'
import type { Refusal } from '#app/core/decision.ts'
import type { Lane, NewEffect } from '#app/core/effect.ts'
import { LANES } from '#app/core/effect.ts'
import type { Repository } from '#app/core/project.ts'
import type { Tables } from '#app/ports/store.ts'

/** Key of the 👀: its row is also what makes a trigger known (decisions 4). */
export function acknowledgementKey(trigger: Trigger): string {
  return `ack:${trigger.commentId === null ? trigger.key : `comment:${trigger.commentId}`}`
}

/** 👀 on the issue or the comment, at once. Reviews and buttons carry no reactions on GitHub: there it stands on the thread. */
export function acknowledge(repository: Repository, trigger: Trigger): NewEffect {
  return {
    key: acknowledgementKey(trigger),
    effect: {
      kind: 'react',
      repository: repository.id,
      subject:
        trigger.commentId === null
          ? { on: 'issue', number: trigger.thread }
          : { on: 'comment', id: trigger.commentId }
    },
    lane: LANES.gate,
    run: null,
    correlationId: trigger.correlationId
  }
}

export function reply(
  repository: Repository,
  trigger: Trigger,
  body: string,
  lane: Lane
): NewEffect {
  return {
    key: `reply:${trigger.commentId === null ? trigger.key : `comment:${trigger.commentId}`}`,
    effect: { kind: 'comment', repository: repository.id, thread: trigger.thread, body },
    lane,
    run: null,
    correlationId: trigger.correlationId
  }
}

/** Takes the trigger label off, so that putting it on again works (decisions 5). */
export function removeLabel(repository: Repository, trigger: Trigger, label: string): NewEffect {
  return {
    key: `unlabel:${trigger.key}`,
    effect: { kind: 'remove-label', repository: repository.id, thread: trigger.thread, label },
    lane: LANES.normal,
    run: null,
    correlationId: trigger.correlationId
  }
}

export function audited(
  repository: Repository,
  trigger: Trigger,
  entry: Pick<AuditEntry, 'type' | 'reason'> & {
    readonly issue: number
    readonly run?: string
    readonly payload?: Readonly<Record<string, unknown>>
  }
): AuditEntry {
  return {
    correlationId: trigger.correlationId,
    type: entry.type,
    actorType: trigger.channel === 'sweep' ? 'system' : 'human',
    actor: trigger.actor,
    reason: entry.reason,
    projectId: repository.projectId,
    repositoryId: repository.id,
    issueNumber: entry.issue,
    runId: entry.run ?? null,
    payload: {
      channel: trigger.channel,
      trigger: trigger.key,
      thread: trigger.thread,
      ...entry.payload
    }
  }
}

/** Refusals that one person gets in words within an hour; further ones leave 👀, label off and audit row (decisions 10a). */
const REFUSALS_PER_HOUR = 20

/**
 * Records a refusal: audit row, and the label off. The sentence itself is the caller's, one per
 * comment; false when this person has had enough of them for now.
 */
export async function recordRefusal(
  tables: Pick<Tables, 'audit' | 'effects'>,
  repository: Repository,
  input: { readonly trigger: Trigger; readonly refusal: Refusal; readonly issue: number }
): Promise<boolean> {
  const { trigger, refusal, issue } = input
  const before = await tables.audit.refusals(repository.id, trigger.actor, 3600)
  await tables.audit.add(
    audited(repository, trigger, {
      type: 'webhook.ignored',
      reason: refusal.reason,
      issue,
      payload: refusal.params
    })
  )
  if (trigger.label !== null)
    await tables.effects.add(removeLabel(repository, trigger, trigger.label))
  return before < REFUSALS_PER_HOUR
}
