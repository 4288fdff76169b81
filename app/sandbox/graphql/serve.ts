/** POST /api/graphql. Docs: "Forming calls with GraphQL"; the address is GitHub Enterprise Server's. */
import { setTimeout as pause } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type GraphQLError, graphql } from 'graphql'
import { type Context, Hono } from 'hono'
import { type Actor, actorName } from '#app/sandbox/actor.ts'
import { identify } from '#app/sandbox/auth.ts'
import { keyOf, type RateLimits } from '#app/sandbox/rate-limits.ts'
import { badCredentials, Refusal } from '#app/sandbox/refusal.ts'
import { crash, type Reply, refuse, toResponse } from '#app/sandbox/rest/respond.ts'
import type { Env, RestParts } from '#app/sandbox/rest/serve.ts'
import { rootOf } from './query.ts'
import { SCHEMA } from './schema.ts'

const PATH = '/api/graphql'

export type GraphqlParts = Pick<RestParts, 'world' | 'faults' | 'log'> & {
  /** Points of GraphQL, which has a limit of its own. */
  readonly graphqlRates: RateLimits
}

export function createGraphql(parts: GraphqlParts): Hono<Env> {
  const app = new Hono<Env>()
  app.post(PATH, context => serve(parts, context))
  return app
}

async function serve(parts: GraphqlParts, context: Context<Env>): Promise<Response> {
  const { world, faults, graphqlRates, log } = parts
  const wait = faults.delayOf('POST', PATH)
  if (wait > 0) await pause(wait)
  const fault = faults.answerOf('POST', PATH)
  const actor = actorOf(parts, context)
  const body = await context.req.text()
  const reply = fault ?? (await perform(parts, actor, body))
  const by = actor instanceof Refusal ? 'anonymous' : actorName(world, actor)
  log.push({ method: 'POST', path: PATH, status: reply.status, by })
  const { outgoing } = context.env
  if (faults.takes('POST', PATH)) {
    outgoing.socket?.destroy()
    return RESPONSE_ALREADY_SENT
  }
  const response = toResponse(
    world,
    reply,
    actor instanceof Refusal ? null : graphqlRates.look(actor)
  )
  if (!(actor instanceof Refusal)) response.headers.set('x-ratelimit-resource', 'graphql')
  return response
}

/** GraphQL is for callers with a token only; the App's own JWT is none. */
function actorOf({ world }: GraphqlParts, context: Context<Env>): Actor | Refusal {
  try {
    const actor = identify(world, context.req.header('authorization'))
    if (actor.kind === 'anonymous') return new Refusal(401, 'Requires authentication')
    return actor.kind === 'app' ? badCredentials() : actor
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

async function perform(
  { world, graphqlRates }: GraphqlParts,
  actor: Actor | Refusal,
  body: string
): Promise<Reply> {
  if (actor instanceof Refusal) return refuse(actor)
  const rate = graphqlRates.take(actor)
  if (rate === null) return exhausted(actor)
  try {
    const { query, variables, operationName } = readBody(body)
    const answer = await graphql({
      schema: SCHEMA,
      source: query,
      rootValue: rootOf({ world, actor, rate }),
      variableValues: variables,
      operationName
    })
    const errors = answer.errors?.map(errorJson)
    return json({
      ...(answer.data == null ? {} : { data: answer.data }),
      ...(errors && { errors })
    })
  } catch (error) {
    return error instanceof Refusal ? refuse(error) : crash(error)
  }
}

interface Asked {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | null
}

function readBody(text: string): Asked {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw Object.assign(new Refusal(400, 'Problems parsing JSON'), { cause })
  }
  const fields = new Map(typeof body === 'object' && body !== null ? Object.entries(body) : [])
  const query: unknown = fields.get('query')
  if (typeof query !== 'string') {
    throw new Refusal(400, 'A query attribute must be specified and must be a string.')
  }
  const variables: unknown = fields.get('variables')
  const name: unknown = fields.get('operationName')
  return {
    query,
    variables: typeof variables === 'object' && variables !== null ? { ...variables } : {},
    operationName: typeof name === 'string' ? name : null
  }
}

/** Docs: "Rate limits and query limits for the GraphQL API": 200, with an error in the body. */
function exhausted(actor: Actor): Reply {
  const message = `API rate limit exceeded for ${keyOf(actor)}.`
  return json({ errors: [{ type: 'RATE_LIMITED', message }] })
}

/** GitHub puts the kind of an error beside its message. */
function errorJson(error: GraphQLError): Readonly<Record<string, unknown>> {
  const { type, ...extensions } = error.extensions
  const { message, path, locations } = error
  return {
    ...(type === undefined ? {} : { type }),
    ...(path === undefined ? {} : { path }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    ...(locations === undefined ? {} : { locations }),
    message
  }
}

function json(body: unknown): Reply {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 200, headers, body: JSON.stringify(body) }
}
