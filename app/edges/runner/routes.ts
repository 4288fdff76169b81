/** What a runner may call, with its run token: the protocol of `executors/runner`. */
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { AppError } from '#app/core/errors.ts'
import type { ModelUpstream } from '#app/ports/platform.ts'
import { acceptBundle, acceptReport } from '#app/usecases/runner/accept-result.ts'
import { appendLog } from '#app/usecases/runner/append-log.ts'
import type { RunnerIdentity } from '#app/usecases/runner/authorize-runner.ts'
import { authorizeRunner } from '#app/usecases/runner/authorize-runner.ts'
import { beat } from '#app/usecases/runner/beat.ts'
import { claimAttempt } from '#app/usecases/runner/claim-attempt.ts'
import { recordEvents } from '#app/usecases/runner/record-events.ts'
import { loadSession, saveSession } from '#app/usecases/runner/session.ts'
import type { World } from '#app/usecases/world.ts'
import { EventsBody, LogBody, ReportBody } from './bodies.ts'
import { readBytes, readJson } from './read-body.ts'
import { relay } from './relay.ts'

type Env = {
  readonly Bindings: HttpBindings
  readonly Variables: { identity: RunnerIdentity }
}

const EVENTS_BYTES = 1024 * 1024
const LOG_BYTES = 512 * 1024
const REPORT_BYTES = 2 * 1024 * 1024

export const RUNNER_PATH = '/api/v1/runner'

export function runnerRoutes(world: World, models: ModelUpstream): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    const token = /^Bearer ([A-Za-z0-9_-]{20,200})$/.exec(
      context.req.header('authorization') ?? ''
    )?.[1]
    if (token === undefined)
      throw new AppError('UNAUTHORIZED', 'reading the run token, which is missing or malformed')
    context.set('identity', await authorizeRunner(world, token))
    await next()
  })
  app.post('/claim', async context => context.json(await claimAttempt(world, context.var.identity)))
  app.post('/heartbeat', async context => context.json(await beat(world, context.var.identity)))
  app.post('/events', async context => {
    const { events } = await readJson(context.req.raw, EventsBody, EVENTS_BYTES)
    return context.json({ next: await recordEvents(world, context.var.identity, events) })
  })
  app.get('/logs', async context => {
    const { run, attempt } = context.var.identity
    return context.json({
      next: await world.store.transaction(({ logs }) => logs.next(run.id, attempt.number))
    })
  })
  app.put('/logs/:seq{[0-9]+}', async context => {
    const { at, text } = await readJson(context.req.raw, LogBody, LOG_BYTES)
    const stored = await appendLog(world, context.var.identity, {
      seq: Number(context.req.param('seq')),
      at,
      text
    })
    return context.json({ next: stored.next }, stored.outcome === 'gap' ? 409 : 200)
  })
  app.get('/session', async context => {
    const session = await loadSession(world, context.var.identity)
    if (session === null) return context.body(null, 204)
    return context.body(new Uint8Array(session.data), 200, {
      'content-type': 'application/octet-stream'
    })
  })
  app.put('/session', async context => {
    const data = await readBytes(context.req.raw, world.settings.attempt.sessionBytes)
    const sessionId = context.req.header('x-session-id') ?? null
    await saveSession(world, context.var.identity, {
      sessionId: sessionId === '' ? null : sessionId,
      data
    })
    return context.body(null, 204)
  })
  app.put('/bundle', async context => {
    const data = await readBytes(context.req.raw, world.settings.attempt.bundleBytes)
    await acceptBundle(world, context.var.identity, {
      sha256: context.req.header('x-content-sha256') ?? '',
      data
    })
    return context.body(null, 204)
  })
  app.post('/result', async context => {
    await acceptReport(
      world,
      context.var.identity,
      await readJson(context.req.raw, ReportBody, REPORT_BYTES)
    )
    return context.body(null, 204)
  })
  gitReads(app, world)
  app.all('/model/:provider/*', async context => {
    const provider = context.req.param('provider')
    const url = new URL(context.req.url)
    const path = url.pathname.slice(
      url.pathname.indexOf(`/model/${provider}`) + `/model/${provider}`.length
    )
    const answer = await models.forward(provider, `${path}${url.search}`, context.req.raw)
    return relay(answer, context.env, world.log)
  })
  return app
}

/** `upload-pack` of the run's own repository, read-only (decisions 28). The path names no repository: the token does. */
function gitReads(app: Hono<Env>, world: Pick<World, 'github' | 'log'>): void {
  app.get('/git/info/refs', async context => {
    if (context.req.query('service') !== 'git-upload-pack') {
      throw new AppError(
        'FORBIDDEN',
        'reading git: only git-upload-pack is open to a run; the platform pushes'
      )
    }
    const answer = await world.github.advertise(
      context.var.identity.repository,
      context.req.header('git-protocol') ?? null
    )
    return relay(answer, context.env, world.log)
  })
  app.post('/git/git-upload-pack', async context => {
    const { body } = context.req.raw
    if (body === null)
      throw new AppError('INVALID_ARGUMENT', 'reading git: the request has no body')
    const answer = await world.github.uploadPack(context.var.identity.repository, {
      body,
      encoding: context.req.header('content-encoding') ?? null,
      protocol: context.req.header('git-protocol') ?? null
    })
    return relay(answer, context.env, world.log)
  })
  app.all('/git/*', () => {
    throw new AppError(
      'FORBIDDEN',
      'reading git: only git-upload-pack is open to a run; the platform pushes'
    )
  })
}
