import { checkRun } from './check-run.ts'
import { commandHelp } from './command-help.ts'
import { commandStatus } from './command-status.ts'
import { commentReply } from './comment-reply.ts'
import { failure } from './failure.ts'
import { pullRequest } from './pull-request.ts'
import { refused } from './refused.ts'
import type { DefinedReply } from './reply.ts'
import { statusComment } from './status-comment.ts'

/** Every text that we post, in every language. */
export const REPLIES = {
  statusComment,
  checkRun,
  pullRequest,
  refused,
  failure,
  commentReply,
  commandStatus,
  commandHelp
} as const satisfies Record<string, Pick<DefinedReply<never, unknown>, 'name' | 'rendered'>>
