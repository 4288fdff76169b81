/** Reactions to issues, comments and review comments. Docs: "REST API endpoints for reactions". */
import { isAtLeast } from '#app/sandbox/actor.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import { REACTIONS, type Reaction } from '#app/sandbox/state.ts'
import { reactionJson } from '#app/sandbox/wire/issue.ts'
import { nextRecord, stamp } from '#app/sandbox/world.ts'
import { findComment } from './comments.ts'
import { fieldsOf } from './fields.ts'
import { findIssue } from './issues.ts'
import { findReviewComment } from './review-comments.ts'
import {
  type Answer,
  accountOf,
  created,
  noContent,
  numberOf,
  ok,
  paged,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

type Subject = (call: RepositoryCall) => { readonly reactions: Reaction[] }

function routesOf(
  path: string,
  permission: 'issues|pull_requests' | 'pull_requests',
  subject: Subject
): readonly RepositoryRoute[] {
  const read = { permission, access: 'read', role: 'read' } as const
  const write = { permission, access: 'write', role: 'read' } as const
  const one = `${path}/:reaction`
  return [
    { method: 'GET', path, needs: read, run: call => list(call, subject) },
    { method: 'POST', path, needs: write, run: call => create(call, subject) },
    { method: 'DELETE', path: one, needs: write, run: call => remove(call, subject) }
  ]
}

export const reactionRoutes: readonly RepositoryRoute[] = [
  ...routesOf('/issues/:number/reactions', 'issues|pull_requests', findIssue),
  ...routesOf('/issues/comments/:comment/reactions', 'issues|pull_requests', findComment),
  ...routesOf('/pulls/comments/:comment/reactions', 'pull_requests', findReviewComment)
]

function list(call: RepositoryCall, subject: Subject): Promise<Answer> {
  const content = call.query.get('content')
  const { reactions } = subject(call)
  const found = reactions.filter(one => content === null || one.content === content)
  return paged(call, found, reaction => reactionJson(call.world, reaction))
}

/** 201 when it is new, 200 when this account had reacted so already. */
function create(call: RepositoryCall, subject: Subject): Answer {
  const { reactions } = subject(call)
  const fields = fieldsOf(call.body)
  fields.requiredText('content')
  const content = fields.oneOf('content', REACTIONS) ?? '+1'
  const user = accountOf(call.actor)
  const before = reactions.find(one => one.user.id === user.id && one.content === content)
  if (before !== undefined) return ok(reactionJson(call.world, before))
  const id = nextRecord(call.world.state)
  const reaction: Reaction = { id, user, content, createdAt: stamp(call.world) }
  reactions.push(reaction)
  return created(reactionJson(call.world, reaction))
}

function remove(call: RepositoryCall, subject: Subject): Answer {
  const { reactions } = subject(call)
  const id = numberOf(call, 'reaction')
  const at = reactions.findIndex(one => one.id === id)
  const reaction = reactions[at]
  if (reaction === undefined) throw notFound()
  const own = reaction.user.id === accountOf(call.actor).id
  const { actor } = call
  if (!own && !(actor.kind === 'person' && isAtLeast(call.role, 'write'))) {
    throw new Refusal(403, 'Must have admin rights to Repository.')
  }
  reactions.splice(at, 1)
  return noContent()
}
