import type { CommandLine, Trigger } from '#app/core/command.ts'
import { MAX_COMMANDS, readComment } from '#app/core/comment.ts'
import { type Refusal, refuse } from '#app/core/decision.ts'
import type { DeliveryOutcome } from '#app/core/delivery.ts'
import { LANES } from '#app/core/effect.ts'
import type { Comment, Event, Thread } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { Tables } from '#app/ports/store.ts'
import { REPLIES } from '#app/replies/index.ts'
import { isKnown, type Prepared, prepare } from './answer-trigger.ts'
import { acknowledge, recordRefusal, reply } from './answers.ts'
import { authorize } from './authorize.ts'
import { type CarriedOut, carryOut } from './carry-out.ts'
import { type EventWorld, noRule } from './event-world.ts'
import type { TriggeredIssue } from './gather-facts.ts'
import { refuseTrigger } from './refuse-trigger.ts'
import { resolveIssue } from './resolve-issue.ts'
import { statusOf } from './show-run.ts'

type CommentEvent = Extract<Event, { kind: 'comment-created' | 'comment-edited' }>

/** One part of the one reply that a comment gets (decisions 10a). */
export type ReplyPart =
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly line: number }
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'help' }

/** Every command of a comment in turn, five at most; one 👀, one reply. */
export async function handleComment(
  world: EventWorld,
  event: CommentEvent
): Promise<DeliveryOutcome> {
  const lines = readComment(event.comment.body, world.commands)
  if (lines.length === 0) return noRule('comment_without_command')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const trigger = commentTrigger(event, repository)
  if (await isKnown(world, trigger))
    return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
  const issue = await resolveIssue(world, repository, { thread: event.thread, trigger })
  if ('kind' in issue) return issue
  const allowed = await authorize(world, repository, event.sender)
  if ('kind' in allowed) {
    return refuseComment(world, repository, { trigger, refusal: allowed, thread: event.thread })
  }
  const prepared: PreparedLine[] = []
  for (const [ordinal, line] of lines.slice(0, MAX_COMMANDS).entries()) {
    const own = { ...trigger, key: `${trigger.key}:${ordinal}` }
    prepared.push({
      line,
      trigger: own,
      ...(await prepareLine(world, { repository, issue, trigger: own, line, event }))
    })
  }
  const rest = lines
    .slice(MAX_COMMANDS)
    .map(line => (line.kind === 'command' ? `/${line.command.name}` : line.text))
  const outcome = await world.store.transaction(tables =>
    carryOutComment(world, tables, { repository, issue, trigger, prepared, rest })
  )
  world.wake.hint('effects')
  world.wake.hint('runs')
  return outcome
}

interface PreparedLine extends Prepared {
  readonly line: CommandLine
  readonly trigger: Trigger
}

/** All commands, the 👀 and the reply in one transaction: a comment is handled wholly or not at all. */
async function carryOutComment(
  world: EventWorld,
  tables: Tables,
  input: {
    readonly repository: Repository
    readonly issue: TriggeredIssue
    readonly trigger: Trigger
    readonly prepared: readonly PreparedLine[]
    readonly rest: readonly string[]
  }
): Promise<DeliveryOutcome> {
  const { repository, issue, trigger, prepared, rest } = input
  const fresh = await tables.effects.add(acknowledge(repository, trigger))
  if (fresh === 'known') return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
  const parts: ReplyPart[] = []
  let disposition: 'run' | 'command' | 'answered' = 'answered'
  for (const { line, ...decided } of prepared) {
    const carried = await carryOut(world, tables, { repository, issue, ...decided })
    if (carried.kind === 'run') disposition = 'run'
    if (carried.kind === 'command' && disposition !== 'run') disposition = 'command'
    const part = await partOf(tables, repository, { carried, line, issue })
    if (part !== null) parts.push(part)
  }
  if (rest.length > 0) {
    parts.push({
      kind: 'refused',
      refusal: refuse('too_many_commands', { rest: rest.join(', ') }),
      line: 0
    })
  }
  const told: ReplyPart[] = []
  for (const part of parts) {
    if (part.kind !== 'refused') told.push(part)
    else if (
      await recordRefusal(tables, repository, {
        trigger,
        refusal: part.refusal,
        issue: issue.number
      })
    )
      told.push(part)
  }
  if (told.length > 0) {
    const text = REPLIES.commentReply.render[repository.locale]({
      parts: told,
      actor: trigger.actor,
      commands: world.commands,
      labels: world.settings.labels
    })
    const onlyRefusals = told.every(part => part.kind === 'refused')
    const lane = onlyRefusals ? LANES.refusal : LANES.normal
    await tables.effects.add(reply(repository, trigger, text, lane))
  }
  return { kind: 'done', disposition, reason: null }
}

/**
 * Commands in an edited comment do not count: what people agreed with may have been other words.
 * A command that the edit brought in is answered once, so that nobody waits in silence.
 */
export async function handleEditedComment(
  world: EventWorld,
  event: Extract<Event, { kind: 'comment-edited' }>
): Promise<DeliveryOutcome> {
  const now = readComment(event.comment.body, world.commands)
  const before = readComment(event.before, world.commands)
  const words = (lines: readonly CommandLine[]): string =>
    JSON.stringify(lines.flatMap(line => (line.kind === 'command' ? [line.command] : [])))
  if (!now.some(line => line.kind === 'command') || words(now) === words(before))
    return noRule('comment_edited')
  const repository = await world.store.transaction(({ projects }) =>
    projects.repository(event.repository)
  )
  const made = commentTrigger(event, repository)
  const trigger = { ...made, key: `${made.key}:edited`, commentId: null }
  if (await isKnown(world, trigger))
    return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
  return refuseComment(world, repository, {
    trigger,
    refusal: refuse('comment_edited'),
    thread: event.thread
  })
}

interface LineInput {
  readonly repository: Repository
  readonly issue: TriggeredIssue
  readonly trigger: Trigger
  readonly line: CommandLine
  readonly event: CommentEvent
}

async function prepareLine(world: EventWorld, input: LineInput): Promise<Prepared> {
  const { repository, issue, trigger, line, event } = input
  if (line.kind === 'mistake') {
    const params = { text: line.text, ...(line.closest === null ? {} : { closest: line.closest }) }
    return {
      decision: refuse(line.reason, params),
      pullRequest: null,
      pullRequestLabels: [],
      comments: { kept: [], leftOut: 0 },
      review: []
    }
  }
  return prepare(world, { repository, issue, trigger, sender: event.sender, command: line.command })
}

async function partOf(
  tables: Tables,
  repository: Repository,
  input: {
    readonly carried: CarriedOut
    readonly line: CommandLine
    readonly issue: TriggeredIssue
  }
): Promise<ReplyPart | null> {
  const { carried, line, issue } = input
  if (carried.kind === 'refuse') return { kind: 'refused', refusal: carried, line: line.line }
  if (carried.kind !== 'tell') return null
  if (carried.what === 'help') return { kind: 'help' }
  return { kind: 'status', text: await statusOf(tables, repository, issue.number) }
}

async function refuseComment(
  world: EventWorld,
  repository: Repository,
  input: { readonly trigger: Trigger; readonly refusal: Refusal; readonly thread: Thread }
): Promise<DeliveryOutcome> {
  const { trigger, refusal, thread } = input
  const outcome = await world.store.transaction(async (tables): Promise<DeliveryOutcome> => {
    const fresh = await tables.effects.add(acknowledge(repository, trigger))
    if (fresh === 'known')
      return { kind: 'done', disposition: 'duplicate', reason: 'trigger_known' }
    await refuseTrigger(world, tables, repository, { trigger, refusal, issue: thread.number })
    return { kind: 'done', disposition: 'answered', reason: refusal.reason }
  })
  world.wake.hint('effects')
  return outcome
}

function commentTrigger(
  event: { readonly comment: Comment } & CommentEvent,
  repository: Repository
): Trigger {
  return {
    channel: 'comment',
    key: `comment:${repository.id}:${event.comment.id}`,
    correlationId: event.deliveryId,
    actor: event.sender.login,
    thread: event.thread.number,
    label: null,
    commentId: event.comment.id,
    reviewId: null,
    at: event.comment.createdAt
  }
}
