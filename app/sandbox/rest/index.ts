/** Every REST operation of the sandbox, and the one door that all calls go through. */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { type Actor, actorName } from '#app/sandbox/actor.ts'
import { identify } from '#app/sandbox/auth.ts'
import type { Faults } from '#app/sandbox/faults.ts'
import { Refusal } from '#app/sandbox/refusal.ts'
import { nextRecord, type World } from '#app/sandbox/world.ts'
import { admit, enter } from './access.ts'
import { appRoutes } from './apps.ts'
import { checkRoutes } from './checks.ts'
import { commentRoutes } from './comments.ts'
import { commitRoutes } from './commits.ts'
import { contentRoutes } from './contents.ts'
import { issueRoutes } from './issues.ts'
import { labelRoutes } from './labels.ts'
import { mergeRoutes } from './merge.ts'
import { peopleRoutes, RATE_LIMIT, repositoryRoutes } from './people.ts'
import { pullRoutes } from './pulls.ts'
import { reactionRoutes } from './reactions.ts'
import { refRoutes } from './refs.ts'
import { reviewCommentRoutes } from './review-comments.ts'
import { reviewRoutes } from './reviews.ts'
import type { Answer, Call, GlobalRoute, RepositoryRoute } from './route.ts'

const GLOBAL_ROUTES: readonly GlobalRoute[] = [...appRoutes, ...peopleRoutes]

const REPOSITORY_ROUTES: readonly RepositoryRoute[] = [
  ...repositoryRoutes,
  // Before the routes of issues and pulls by number, which would take "comments" for one.
  ...commentRoutes,
  ...reactionRoutes,
  ...reviewCommentRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...pullRoutes,
  ...mergeRoutes,
  ...reviewRoutes,
  ...checkRoutes,
  ...contentRoutes,
  ...refRoutes,
  ...commitRoutes
]

export interface RequestEntry {
  readonly method: string
  /** Below /api/v3, with the query. */
  readonly path: string
  readonly status: number
  readonly by: string
}

type Env = { Bindings: HttpBindings }

export interface RestParts {
  readonly world: World
  readonly faults: Faults
  readonly log: RequestEntry[]
}

/** The API, to be mounted at /api/v3. */
export function createRest(parts: RestParts): Hono<Env> {
  const app = new Hono<Env>()
  for (const route of GLOBAL_ROUTES) {
    app.on(route.method, route.path, context =>
      serve(parts, context, async (call, actor) => {
        admit(actor, route.caller)
        return route.run(call)
      })
    )
  }
  for (const route of REPOSITORY_ROUTES) {
    app.on(route.method, `/repos/:owner/:repo${route.path}`, context =>
      serve(parts, context, async (call, actor) => {
        const params = call.params
        const entered = enter(parts.world, actor, { params, needs: route.needs })
        return route.run({ ...call, ...entered })
      })
    )
  }
  app.all('*', context =>
    serve(parts, context, async () => {
      throw new Refusal(404, 'Not Found')
    })
  )
  return app
}

type Work = (call: Call, actor: Actor) => Promise<Answer>

async function serve(parts: RestParts, context: Context<Env>, work: Work): Promise<Response> {
  const { world, faults, log } = parts
  const url = new URL(context.req.url)
  let by = 'anonymous'
  let response: Response
  try {
    const actor = identify(world, context.req.header('authorization'))
    by = actorName(world, actor)
    const call: Call = {
      world,
      actor,
      params: context.req.param() as Readonly<Record<string, string>>,
      query: url.searchParams,
      body: await readBody(context),
      accept: context.req.header('accept') ?? '',
      url: new URL(url.pathname + url.search, world.url)
    }
    response = respond(await work(call, actor))
  } catch (error) {
    response = error instanceof Refusal ? refuse(error) : crash(error)
  }
  const { method } = context.req
  const path = url.pathname.replace(/^\/api\/v3/, '') + url.search
  log.push({ method, path, status: response.status, by })
  // A form of a page calls from inside the process; there is no connection to lose.
  const outgoing = context.env?.outgoing
  if (outgoing !== undefined && faults.takes(method, url.pathname)) {
    outgoing.socket?.destroy()
    return RESPONSE_ALREADY_SENT
  }
  addHeaders(world, response)
  return response
}

async function readBody(context: Context<Env>): Promise<unknown> {
  const text = await context.req.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(new Refusal(400, 'Problems parsing JSON'), { cause })
  }
}

const DOCUMENTATION = 'https://docs.github.com/rest'
const JSON_TYPE = 'application/json; charset=utf-8'

function respond(answer: Answer): Response {
  const { status, body, text, headers } = answer
  if (text !== undefined) {
    const content = typeof text.content === 'string' ? text.content : new Uint8Array(text.content)
    return new Response(content, { status, headers: { 'content-type': text.type, ...headers } })
  }
  if (body === undefined) return new Response(null, { status, headers: { ...headers } })
  const type = { 'content-type': JSON_TYPE }
  return new Response(JSON.stringify(body), { status, headers: { ...type, ...headers } })
}

function refuse(refusal: Refusal): Response {
  const body = {
    message: refusal.message,
    ...(refusal.errors === null ? {} : { errors: refusal.errors }),
    documentation_url: DOCUMENTATION,
    status: String(refusal.status)
  }
  const headers = { 'content-type': JSON_TYPE }
  return new Response(JSON.stringify(body), { status: refusal.status, headers })
}

/** A fault of the sandbox itself; its words help whoever runs a test against it. */
function crash(error: unknown): Response {
  const message = error instanceof Error ? error.message : String(error)
  const body = { message: `Server Error: ${message}`, documentation_url: DOCUMENTATION }
  return new Response(JSON.stringify(body), { status: 500, headers: { 'content-type': JSON_TYPE } })
}

function addHeaders(world: World, response: Response): void {
  const { headers } = response
  const reset = Math.floor(world.now().getTime() / 1000) + 3600
  headers.set('x-github-media-type', 'github.v3; format=json')
  headers.set('x-github-api-version-selected', '2022-11-28')
  headers.set('x-github-request-id', `SAND:${nextRecord(world.state).toString(16)}`)
  headers.set('x-ratelimit-limit', String(RATE_LIMIT))
  headers.set('x-ratelimit-remaining', String(RATE_LIMIT))
  headers.set('x-ratelimit-used', '0')
  headers.set('x-ratelimit-reset', String(reset))
  headers.set('x-ratelimit-resource', 'core')
}
