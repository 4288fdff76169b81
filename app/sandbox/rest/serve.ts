/** The one door that all calls of the REST API go through. */
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { type Actor, actorName } from '#app/sandbox/actor.ts'
import { identify } from '#app/sandbox/auth.ts'
import type { Exchange } from '#app/sandbox/exchange.ts'
import type { Faults } from '#app/sandbox/faults.ts'
import { keyOf, type RateLimits } from '#app/sandbox/rate-limits.ts'
import { Refusal } from '#app/sandbox/refusal.ts'
import type { World } from '#app/sandbox/world.ts'
import {
  conditional,
  crash,
  exhausted,
  type Reply,
  refuse,
  replyOf,
  toResponse
} from './respond.ts'
import type { Answer, Call } from './route.ts'

export interface RequestEntry {
  readonly method: string
  /** Below /api/v3, with the query. */
  readonly path: string
  readonly status: number
  readonly by: string
}

export type Env = { Bindings: HttpBindings }

export interface RestParts {
  readonly world: World
  readonly faults: Faults
  readonly rates: RateLimits
  readonly log: RequestEntry[]
  /** Sees every call after it was answered. */
  readonly observe: (exchange: Exchange) => void
}

export type Work = (call: Call, actor: Actor) => Promise<Answer>

export async function serve(
  parts: RestParts,
  context: Context<Env>,
  work: Work
): Promise<Response> {
  const { world, faults, rates } = parts
  const url = new URL(context.req.url)
  const { method } = context.req
  // A form of a page calls from inside the process: no faults, no limit, no connection to lose.
  const outgoing = context.env?.outgoing
  const wait = outgoing === undefined ? 0 : faults.delayOf(method, url.pathname)
  if (wait > 0) await pause(wait, undefined, { ref: false })
  const fault = outgoing === undefined ? null : faults.answerOf(method, url.pathname)
  const text = await context.req.text()
  const actor = actorOf(world, context)
  const counted = outgoing !== undefined && !url.pathname.endsWith('/rate_limit')
  const done = fault ?? (await perform(parts, context, { actor, text, counted, work }))
  const reply = method === 'GET' ? conditional(done, context.req.raw.headers) : done
  if (reply.status === 304 && counted && isSignedIn(actor)) rates.giveBack(actor)
  record(parts, { method, url, text, reply, by: nameOf(world, actor) })
  if (outgoing !== undefined && faults.takes(method, url.pathname)) {
    outgoing.socket?.destroy()
    return RESPONSE_ALREADY_SENT
  }
  return toResponse(world, reply, actor instanceof Refusal ? null : rates.look(actor))
}

/** Who calls, or the refusal of credentials that are none. */
function actorOf(world: World, context: Context<Env>): Actor | Refusal {
  try {
    return identify(world, context.req.header('authorization'))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function nameOf(world: World, actor: Actor | Refusal): string {
  return actor instanceof Refusal ? 'anonymous' : actorName(world, actor)
}

/** Docs: a 304 is free for a caller who is authorized. */
function isSignedIn(actor: Actor | Refusal): actor is Actor {
  return !(actor instanceof Refusal) && actor.kind !== 'anonymous'
}

interface Asked {
  readonly actor: Actor | Refusal
  readonly text: string
  readonly counted: boolean
  readonly work: Work
}

async function perform(parts: RestParts, context: Context<Env>, asked: Asked): Promise<Reply> {
  const { world, rates } = parts
  const { actor, text, counted, work } = asked
  if (actor instanceof Refusal) return refuse(actor)
  if (counted && rates.take(actor) === null) return exhausted(keyOf(actor))
  const url = new URL(context.req.url)
  try {
    const call: Call = {
      world,
      actor,
      rate: rates.look(actor),
      params: context.req.param() as Readonly<Record<string, string>>,
      query: url.searchParams,
      body: readBody(text),
      accept: context.req.header('accept') ?? '',
      url: new URL(url.pathname + url.search, world.url)
    }
    return replyOf(await work(call, actor))
  } catch (error) {
    return error instanceof Refusal ? refuse(error) : crash(error)
  }
}

function readBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(new Refusal(400, 'Problems parsing JSON'), { cause })
  }
}

function record(
  parts: RestParts,
  seen: {
    readonly method: string
    readonly url: URL
    readonly text: string
    readonly reply: Reply
    readonly by: string
  }
): void {
  const { method, url, text, reply, by } = seen
  const { status, body, headers } = reply
  const path = url.pathname.replace(/^\/api\/v3/, '')
  parts.log.push({ method, path: path + url.search, status, by })
  const isJson = headers['content-type']?.startsWith('application/json') === true
  const answered = isJson && typeof body === 'string' ? parsed(body) : undefined
  const sent = parsed(text)
  parts.observe({ method, path, query: url.searchParams, sent, status, answered, by })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No body, or one that is refused with 400: there is nothing to look at.
    return undefined
  }
}
