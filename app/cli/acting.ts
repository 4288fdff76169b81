/** Who acts on the command line, and the trigger that a command leaves in the audit (decisions 43). */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Trigger } from '#app/core/command.ts'
import type { Run } from '#app/core/run.ts'

/** `cli:<user>`; a uid without a name stands for itself. */
export function cliActor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    // No line in the system's list of users, as in many containers.
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}

export function cliTrigger(run: Pick<Run, 'issueNumber'>): Trigger {
  const key = `cli:${randomUUID()}`
  return {
    channel: 'cli',
    key,
    correlationId: key,
    actor: cliActor(),
    thread: run.issueNumber,
    label: null,
    commentId: null,
    reviewId: null,
    at: new Date().toISOString()
  }
}
