/** Wires everything; the only file that knows everyone. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { EXECUTORS } from '#executors/index.ts'
import { createGitStore } from './adapters/git/create-git-store.ts'
import { createAppHook } from './adapters/github/app-hook.ts'
import { bucketsOf } from './adapters/github/buckets.ts'
import { createGitHub } from './adapters/github/create-github.ts'
import { createModelUpstream } from './adapters/model/create-model-upstream.ts'
import { postgresInbox } from './adapters/postgres/inbox.ts'
import { postgresWake } from './adapters/postgres/notify.ts'
import { openDatabase } from './adapters/postgres/open-database.ts'
import { postgresRateLimiter } from './adapters/postgres/rate-limiter.ts'
import { startScheduler } from './adapters/postgres/scheduler.ts'
import { seedPlatform } from './adapters/postgres/seed.ts'
import { postgresStore } from './adapters/postgres/store.ts'
import { createSecretScanner } from './adapters/secretlint/create-secret-scanner.ts'
import { createLog, isProcessAlive, systemClock, systemIds } from './adapters/system/index.ts'
import { COMMANDS } from './commands/index.ts'
import { type Config, secretsOf } from './config.ts'
import { createRedact } from './core/redact.ts'
import type { Settings } from './core/settings.ts'
import { healthRoutes } from './edges/http/health.ts'
import { type Listener, listen } from './edges/http/listen.ts'
import { createMetrics } from './edges/http/metrics.ts'
import { problemOf } from './edges/http/problem.ts'
import { RUNNER_PATH, runnerRoutes } from './edges/runner/routes.ts'
import { installedRoutes } from './edges/setup/installed.ts'
import { SUBSCRIBED_EVENTS } from './edges/webhooks/payloads.ts'
import { createReceive } from './edges/webhooks/receive.ts'
import { WEBHOOK_PATH, webhookRoute } from './edges/webhooks/route.ts'
import { startTunnel } from './edges/webhooks/tunnel.ts'
import { startWorker } from './edges/worker/index.ts'
import type { Wake } from './ports/workers.ts'
import { STAGES } from './stages/index.ts'
import { handleEvent } from './usecases/handle-event.ts'
import { retainDeliveries } from './usecases/retain-deliveries.ts'
import { sweepDeliveries } from './usecases/sweep-deliveries.ts'
import { sweepLabels } from './usecases/sweep-labels.ts'
import type { World } from './usecases/world.ts'
import { VERSION } from './version.ts'

/** What tests, and the set-up page, put in place of a part, or around it. */
export interface Overrides {
  /** Listens already: the set-up page hands its own over, so that the address stays. */
  readonly listener?: Listener
  readonly decorate?: (world: World & { readonly wake: Wake }) => World & { readonly wake: Wake }
}

export interface App {
  /** Where it listens. */
  readonly url: string
  readonly world: World
  /** Drains, hands over, closes; safe to call twice. */
  stop(): Promise<void>
}

/**
 * Opens the database, listens, and starts the roles of `config`. Throws before it listens when the
 * schema is not ours (SCHEMA_BEHIND, SCHEMA_AHEAD) or the database cannot be reached.
 */
export async function assemble(config: Config, overrides: Overrides = {}): Promise<App> {
  const redact = createRedact(secretsOf(config))
  const log = createLog({ level: config.logLevel, pretty: process.stderr.isTTY, redact })
  const database = await openDatabase({
    url: config.databaseUrl,
    folder: join(config.stateDir, 'postgres')
  })
  const closers: Array<() => Promise<unknown>> = [() => database.close()]
  try {
    const inbox = postgresInbox(database.db)
    closers.push(() => inbox.close())
    const listener = overrides.listener ?? (await listen(config))
    closers.push(() => listener.close())
    const wake = await postgresWake({ url: database.url, db: database.db })
    closers.push(() => wake.close())
    const store = postgresStore(database.db, kind => wake.hint(kind))
    await seedPlatform(database.db, config)
    const settings = settingsOf(config, listener.url)
    const limiter = postgresRateLimiter(database.db, bucketsOf(config))
    const github = createGitHub({ ...config.github, limiter, log })
    const executor = EXECUTORS.local({
      stateDir: join(config.stateDir, 'local'),
      path: config.path,
      uids: config.runUids,
      requireIsolation: !config.sandbox && !config.allowUnisolated,
      maxLogBytes: config.attempt.logBytes
    })
    closers.push(() => executor.close())
    const plain: World & { readonly wake: Wake } = {
      store,
      inbox,
      wake,
      clock: systemClock,
      ids: systemIds,
      log,
      redactor: { redact },
      settings,
      stages: STAGES,
      commands: Object.values(COMMANDS),
      appHook: createAppHook({ ...config.github, limiter, log }),
      github,
      git: createGitStore({ folder: join(config.stateDir, 'git'), access: github }),
      scanner: createSecretScanner(),
      load: () => 0,
      executors: { local: executor }
    }
    const world = overrides.decorate?.(plain) ?? plain
    const metrics = createMetrics(store)
    let draining = false
    const api = new Hono()
    api.onError((error, context) => problemOf(log, error, context))
    api.route(
      '/',
      healthRoutes({ check: database.check, draining: () => draining }, metrics.registry)
    )
    const serves = config.role !== 'worker'
    if (serves) {
      api.route(RUNNER_PATH, runnerRoutes(world, createModelUpstream({ providers: config.models })))
      api.route('/', installedRoutes())
    }
    const webhook = webhookRoute(world, { secrets: config.github.webhookSecrets }, metrics.webhook)
    const rest = getRequestListener(api.fetch, { overrideGlobalObjects: false })
    listener.handle = (request, response) => {
      const path = request.url?.split('?', 1)[0]
      if (serves && path === WEBHOOK_PATH) return void webhook(request, response)
      void rest(request, response)
    }
    if (serves && config.webhookProxyUrl !== null) {
      const target = `${listener.url}${WEBHOOK_PATH}`
      const tunnel = startTunnel({ source: config.webhookProxyUrl, target, log })
      closers.push(() => tunnel.close())
    }
    if (config.role !== 'web') {
      const worker = await startWorker(world, {
        instance: {
          id: `${config.role}-${randomUUID()}`,
          machine: config.machine,
          role: config.role,
          pid: process.pid,
          version: VERSION
        },
        receive: createReceive(config.github, event =>
          handleEvent({ ...world, log: log.child({ delivery: event.deliveryId }) }, event)
        ),
        isAlive: isProcessAlive,
        observe: metrics.work
      })
      closers.push(() => worker.stop())
      const scheduler = await startScheduler(
        database.url,
        [
          {
            name: 'sweep-labels',
            cron: '*/5 * * * *',
            work: async () => void (await sweepLabels(world))
          },
          {
            name: 'sweep-deliveries',
            cron: '*/5 * * * *',
            work: async () => metrics.swept(await sweepDeliveries(world, SUBSCRIBED_EVENTS))
          },
          {
            name: 'retain-deliveries',
            cron: '17 3 * * *',
            work: async () => metrics.retained(await retainDeliveries(world))
          }
        ],
        log
      )
      closers.push(() => scheduler.stop())
    }
    log.info({ url: listener.url, role: config.role, version: VERSION }, 'stagewright is up')
    let stopped: Promise<void> | null = null
    return {
      url: listener.url,
      world,
      stop() {
        draining = true
        stopped ??= closeAll(closers)
        return stopped
      }
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** What the verbs may know of the configuration: no key and no secret. */
function settingsOf(config: Config, url: string): Settings {
  const {
    labels,
    agents,
    retention,
    executor,
    protectedPaths,
    gate,
    attempt,
    maxRuns,
    maxAttempts,
    machine,
    publicUrl
  } = config
  const appUrl = config.appUrl.endsWith('127.0.0.1:0') ? url : config.appUrl
  return {
    labels,
    agents,
    retention,
    executor,
    protectedPaths,
    gate,
    attempt,
    maxRuns,
    maxAttempts,
    machine,
    publicUrl,
    appUrl
  }
}

/** In the opposite order of opening; one that cannot be closed does not keep the others open. */
async function closeAll(closers: ReadonlyArray<() => Promise<unknown>>): Promise<void> {
  const failures: unknown[] = []
  for (const close of [...closers].reverse()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'stopping stagewright')
}
