/**
 * The set-up page: walks one person of this machine through GitHub's manifest flow (docs: "Registering
 * a GitHub App from a manifest"), writes the configuration and starts the server.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { isComplete } from './ending.ts'
import { page } from './layout.ts'
import { createMaking } from './making.ts'
import { createMemory, githubOf, type Room } from './memory.ts'
import type { SetUpParts } from './parts.ts'
import { isOwnForm, isOwnHost, isSame, setSafeHeaders } from './safety.ts'
import { stepRoutes } from './step-routes.ts'
import { STYLE, STYLE_PATH } from './style.ts'
import { T } from './texts.ts'
import { within } from './within.ts'

export interface SetUp {
  /** The path with its one-time token; another one after it was used. */
  link(): string
  handle(request: IncomingMessage, response: ServerResponse): void
}

const FORM_BYTES = 64 * 1024
const TELL_AGAIN_MS = 10_000

/** Whoever has the link may use it; the caller listens on loopback only. */
export function createSetUp(parts: SetUpParts): SetUp {
  const room: Room = { parts, memory: createMemory(parts), making: createMaking(parts) }
  const { memory } = room
  const app = new Hono()
  app.use('*', async (context, next) => {
    if (!isOwnHost(context.req.header('host'))) return context.text('not here', 403)
    if (context.req.method === 'POST' && !isOwnForm(context))
      return context.text('not from there', 403)
    await next()
    return setSafeHeaders(context, `'self' ${new URL(githubOf(room).webUrl).origin}`)
  })
  app.use('*', bodyLimit({ maxSize: FORM_BYTES }))
  app.onError((error, context) => {
    parts.say(`set-up: ${error.message}`)
    const words = error instanceof AppError ? error.message : T.unexpected
    return context.html(page(T.wrong, null, html`<p>${words}</p>`), 500)
  })
  app.notFound(context => closedDoor(context, room))
  app.get(STYLE_PATH, context => context.body(STYLE, 200, { 'content-type': 'text/css' }))
  app.get('/setup', context => open(context, room))
  app.get('/setup/created', context => created(context, room))
  app.use('/setup/s/:session/*', async (context, next) => {
    const session = context.req.param('session')
    if ([...memory.sessions].some(known => isSame(session, known))) return next()
    return closedDoor(context, room)
  })
  app.route('/', stepRoutes(room))
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return {
    link: () => `/setup?token=${memory.link}`,
    handle: (request, response) => void listener(request, response)
  }
}

/** The one-time token against a session that stands in the path: a cookie would go to every port of this machine. */
function open(context: Context, room: Room): Response | Promise<Response> {
  const { parts, memory } = room
  const given = context.req.query('token')
  if (given === undefined || !isSame(given, memory.link)) return closedDoor(context, room)
  memory.link = parts.token()
  const session = parts.token()
  memory.sessions.add(session)
  return context.redirect(`/setup/s/${session}/address`, 303)
}

/** Whoever owns the terminal gets a fresh link there; nobody else learns anything. */
function closedDoor(context: Context, { parts, memory }: Room): Response | Promise<Response> {
  const now = Date.now()
  if (/^\/(setup.*)?$/.test(context.req.path) && now - memory.toldAt > TELL_AGAIN_MS) {
    memory.toldAt = now
    // Not by the request's Host: that may name the port of somebody else.
    const link = `${parts.origin}/setup?token=${memory.link}`
    parts.say(`somebody asked for the set-up page without a good link; yours is ${link}`)
  }
  return context.html(page(T.door.title, null, html`<p>${T.door.text}</p>`), 403)
}

/** GitHub sends the person back here; the state tells that it answers a question of ours, and whose. */
async function created(context: Context, room: Room): Promise<Response> {
  const { memory, making } = room
  const { code = '', state = '' } = context.req.query()
  const known = [...memory.states].find(([one]) => isSame(state, one))
  if (known === undefined) return context.html(page(T.wrong, null, html`<p>${T.strange}</p>`), 403)
  const [own, session] = known
  memory.states.delete(own)
  const { draft } = memory
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(code) || !isComplete(draft)) making.refuse(T.refused)
  else await within(making.take(code, githubOf(room).apiUrl, draft))
  return context.redirect(`/setup/s/${session}/finish`, 303)
}
