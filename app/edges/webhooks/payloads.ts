/** The fields of GitHub's payloads that we use, and their translation into our events. */
import { z } from 'zod'
import { AppError } from '#app/core/errors.ts'
import type { Event, EventBase, Thread } from '#app/core/event.ts'

/** Events this App subscribes to; `app.yml` names the same. Others are answered 200 and not kept. */
export const SUBSCRIBED_EVENTS = [
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'check_run'
] as const
export type SubscribedEvent = (typeof SUBSCRIBED_EVENTS)[number]

const id = z.number().int().positive()
const Account = z.object({ id, login: z.string().min(1), type: z.string().min(1) })
const Labels = z
  .array(z.object({ name: z.string() }))
  .nullish()
  .transform(labels => (labels ?? []).map(label => label.name))
const text = z
  .string()
  .nullish()
  .transform(value => value ?? '')

const Base = z.object({
  repository: z.object({
    id,
    name: z.string().min(1),
    owner: z.object({ login: z.string().min(1) }),
    default_branch: z.string().min(1)
  }),
  installation: z.object({ id }),
  sender: Account
})

const ThreadFields = z.object({
  number: id,
  title: text,
  body: text,
  user: z.object({ login: z.string() }).nullable(),
  author_association: z.string().default('NONE'),
  labels: Labels,
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  updated_at: z.iso.datetime({ offset: true })
})

const Issue = ThreadFields.extend({ pull_request: z.object({}).loose().nullish() })

const CommentFields = z.object({
  id,
  body: text,
  user: Account.nullable(),
  author_association: z.string().default('NONE'),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true })
})

const Labeled = Base.extend({ label: z.object({ name: z.string().min(1) }), issue: Issue })
const PullLabeled = Base.extend({
  label: z.object({ name: z.string().min(1) }),
  pull_request: ThreadFields
})
const Commented = Base.extend({ comment: CommentFields, issue: Issue })
const CommentEdited = Commented.extend({
  changes: z.object({ body: z.object({ from: text }).optional() }).default({})
})
const Reviewed = Base.extend({
  review: z.object({
    id,
    state: z.string(),
    body: text,
    author_association: z.string().default('NONE'),
    submitted_at: z.iso.datetime({ offset: true }).nullish()
  }),
  pull_request: ThreadFields.extend({ head: z.object({ ref: z.string() }) })
})
const CheckAction = Base.extend({
  check_run: z.object({
    id,
    external_id: z.string().nullish(),
    completed_at: z.string().nullish()
  }),
  requested_action: z.object({ identifier: z.string() }).nullish()
})

/**
 * Our event for a payload; null when no rule of ours is about it. Throws PAYLOAD_UNREADABLE, with
 * the paths that do not fit, for an event that we have a rule for and cannot read.
 */
export function toEvent(name: SubscribedEvent, deliveryId: string, payload: unknown): Event | null {
  const action = z.object({ action: z.string() }).safeParse(payload)
  const what = action.success ? `${name}.${action.data.action}` : name
  switch (what) {
    case 'issues.labeled':
    case 'issues.unlabeled': {
      const read = parse(Labeled, payload, what)
      const kind = what === 'issues.labeled' ? 'label-added' : 'label-removed'
      return {
        kind,
        ...base(read, deliveryId),
        label: read.label.name,
        thread: issueThread(read.issue)
      }
    }
    case 'pull_request.labeled':
    case 'pull_request.unlabeled': {
      const read = parse(PullLabeled, payload, what)
      const kind = what === 'pull_request.labeled' ? 'label-added' : 'label-removed'
      return {
        kind,
        ...base(read, deliveryId),
        label: read.label.name,
        thread: thread(read.pull_request, true)
      }
    }
    case 'issue_comment.created': {
      const read = parse(Commented, payload, what)
      return {
        kind: 'comment-created',
        ...base(read, deliveryId),
        comment: comment(read.comment),
        thread: issueThread(read.issue)
      }
    }
    case 'issue_comment.edited': {
      const read = parse(CommentEdited, payload, what)
      const before = read.changes.body?.from ?? read.comment.body
      return {
        kind: 'comment-edited',
        ...base(read, deliveryId),
        before,
        comment: comment(read.comment),
        thread: issueThread(read.issue)
      }
    }
    case 'pull_request_review.submitted': {
      const read = parse(Reviewed, payload, what)
      const { review, pull_request: pull } = read
      return {
        kind: 'review-submitted',
        ...base(read, deliveryId),
        review: {
          id: review.id,
          state: review.state,
          body: review.body,
          association: review.author_association,
          submittedAt: review.submitted_at ?? pull.updated_at
        },
        thread: thread(pull, true),
        headRef: pull.head.ref
      }
    }
    case 'check_run.rerequested':
    case 'check_run.requested_action': {
      const read = parse(CheckAction, payload, what)
      return {
        kind: 'check-action',
        ...base(read, deliveryId),
        checkRunId: read.check_run.id,
        run: read.check_run.external_id ?? '',
        action:
          what === 'check_run.rerequested'
            ? 'rerequested'
            : (read.requested_action?.identifier ?? ''),
        completedAt: read.check_run.completed_at ?? null
      }
    }
    default:
      return null
  }
}

function parse<T>(schema: z.ZodType<T>, payload: unknown, what: string): T {
  const read = schema.safeParse(payload)
  if (read.success) return read.data
  const where = read.error.issues
    .slice(0, 5)
    .map(issue => `${issue.path.join('.')}: ${issue.message}`)
  throw new AppError('PAYLOAD_UNREADABLE', `reading ${what}: ${where.join('; ')}`)
}

function base(read: z.output<typeof Base>, deliveryId: string): EventBase {
  const { repository, installation, sender } = read
  return {
    deliveryId,
    sender,
    repository: {
      providerId: repository.id,
      owner: repository.owner.login,
      name: repository.name,
      defaultBranch: repository.default_branch,
      installationId: installation.id
    }
  }
}

function issueThread(issue: z.output<typeof Issue>): Thread {
  return thread(issue, issue.pull_request !== null && issue.pull_request !== undefined)
}

function thread(read: z.output<typeof ThreadFields>, isPullRequest: boolean): Thread {
  return {
    number: read.number,
    isPullRequest,
    title: read.title,
    body: read.body,
    author: read.user?.login ?? 'ghost',
    association: read.author_association,
    labels: read.labels,
    open: read.state === 'open',
    url: read.html_url,
    updatedAt: read.updated_at
  }
}

function comment(
  read: z.output<typeof CommentFields>
): Extract<Event, { kind: 'comment-created' }>['comment'] {
  return {
    id: read.id,
    body: read.body,
    author: read.user ?? { id: 0, login: 'ghost', type: 'Unknown' },
    association: read.author_association,
    createdAt: read.created_at,
    updatedAt: read.updated_at
  }
}
