/** The five steps, each a page and a form; below `/setup/s/SESSION`. */
import { type Context, Hono } from 'hono'
import { createPage, finishPage, isComplete } from './ending.ts'
import { type Errors, type Fields, isRead, readAccount, readAddress, readAgent } from './forms.ts'
import type { Where } from './layout.ts'
import { githubOf, newState, type Room, reached } from './memory.ts'
import type { SetUpParts, Step } from './parts.ts'
import { accountPage, addressPage, agentPage } from './steps.ts'
import { T } from './texts.ts'
import { within } from './within.ts'

export function stepRoutes(room: Room): Hono {
  const app = new Hono()
  const { making } = room
  // Once GitHub has made the App, what was said before cannot be changed any more.
  for (const step of ['address', 'account', 'agent', 'create'] as const) {
    app.use(`/setup/s/:session/${step}`, async (context, next) =>
      making.progress().kind === 'asking' ? next() : go(context, 'finish')
    )
  }
  addressRoutes(app, room)
  accountRoutes(app, room)
  agentRoutes(app, room)
  app.get('/setup/s/:session/create', context => showCreate(context, room))
  app.get('/setup/s/:session/finish', context =>
    context.html(finishPage(where(context, room, 'finish'), room.parts, making.progress()))
  )
  app.post('/setup/s/:session/retry', async context => {
    await within(making.goOn())
    return go(context, 'finish')
  })
  return app
}

function baseOf(context: Context): string {
  return `/setup/s/${context.req.param('session')}`
}

function where(context: Context, room: Room, at: Step): Where {
  return { at, reached: reached(room), base: baseOf(context) }
}

function go(context: Context, step: Step): Response {
  return context.redirect(`${baseOf(context)}/${step}`, 303)
}

async function fieldsOf(context: Context): Promise<Fields> {
  const body = await context.req.parseBody()
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : ''])
  )
}

function addressRoutes(app: Hono, room: Room): void {
  const { parts, memory } = room
  const show = (context: Context, fields: Fields, errors: Errors) =>
    context.html(
      addressPage(where(context, room, 'address'), parts, { fields, errors }),
      statusOf(errors)
    )
  app.get('/setup/s/:session/address', context => show(context, memory.written.address ?? {}, {}))
  app.post('/setup/s/:session/address', async context => {
    const { fields, errors } = await withChannel(parts, await fieldsOf(context))
    memory.written.address = fields
    if (errors !== null) return show(context, fields, errors)
    const read = readAddress(fields, parts.given)
    if (!isRead(read)) return show(context, fields, read.errors)
    memory.draft = { ...memory.draft, ...read.value }
    return go(context, 'account')
  })
}

function statusOf(errors: Errors): 200 | 422 {
  return Object.keys(errors).length > 0 ? 422 : 200
}

/** A laptop without a channel gets a new one. */
async function withChannel(
  parts: SetUpParts,
  fields: Fields
): Promise<{ readonly fields: Fields; readonly errors: Errors | null }> {
  if (fields.server !== 'tunnel' || fields.channelUrl !== '') return { fields, errors: null }
  try {
    return { fields: { ...fields, channelUrl: await parts.newChannel() }, errors: null }
  } catch {
    // No way out to the internet, or the service is down: the person may know another server.
    return { fields, errors: { channelUrl: T.noChannel } }
  }
}

function accountRoutes(app: Hono, room: Room): void {
  const { memory } = room
  const show = (context: Context, fields: Fields, errors: Errors) =>
    context.html(accountPage(where(context, room, 'account'), { fields, errors }), statusOf(errors))
  app.get('/setup/s/:session/account', context => show(context, memory.written.account ?? {}, {}))
  app.post('/setup/s/:session/account', async context => {
    const fields = await fieldsOf(context)
    memory.written.account = fields
    const read = readAccount(fields)
    if (!isRead(read)) return show(context, fields, read.errors)
    memory.draft = { ...memory.draft, ...read.value }
    return go(context, 'agent')
  })
}

function agentRoutes(app: Hono, room: Room): void {
  const { parts, memory } = room
  const show = async (context: Context, fields: Fields, errors: Errors) => {
    const [codex, claude] = await Promise.all([
      parts.lookForAgent('codex', ['codex']),
      parts.lookForAgent('claude', ['claude'])
    ])
    const filled = { fields, errors, found: { codex, claude }, agent: memory.draft.agent }
    return context.html(agentPage(where(context, room, 'agent'), parts, filled), statusOf(errors))
  }
  app.get('/setup/s/:session/agent', context => show(context, memory.written.agent ?? {}, {}))
  app.post('/setup/s/:session/agent', async context => {
    const fields = await fieldsOf(context)
    const { codexKey: _1, claudeKey: _2, ...shown } = fields
    memory.written.agent = shown
    const read = await readAgent(fields, parts, memory.draft.agent)
    if (!isRead(read)) return show(context, shown, read.errors)
    memory.draft = { ...memory.draft, ...read.value }
    return go(context, 'create')
  })
}

function showCreate(context: Context, room: Room): Response | Promise<Response> {
  const { parts, memory } = room
  const { draft } = memory
  if (!isComplete(draft)) return go(context, reached(room))
  const view = createPage(where(context, room, 'create'), parts, {
    draft,
    github: githubOf(room),
    origin: `http://${context.req.header('host')}`,
    state: newState(room, context.req.param('session') ?? '')
  })
  return context.html(view)
}
