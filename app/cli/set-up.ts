/** Nothing is set: serves the set-up page until it has made an App and started it, on the same port. */
import { createAppRegistry } from '#app/adapters/github/app-registry.ts'
import { systemIds } from '#app/adapters/system/index.ts'
import { settingsFiles } from '#app/adapters/system/settings-files.ts'
import { readAppManifest } from '#app/config/app-manifest.ts'
import type { SetUpConfig } from '#app/config/set-up.ts'
import { readConfig, readDatabaseConfig } from '#app/config.ts'
import { type Listener, listen } from '#app/edges/http/listen.ts'
import { createSetUp } from '#app/edges/setup/index.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { newChannel } from '#app/edges/webhooks/tunnel.ts'
import { type App, assemble } from '#app/main.ts'
import { runUser } from '#executors/local/require-agent.ts'
import { type Io, say } from './io.ts'
import { lookForAgent } from './look-for-agent.ts'

/** Keys that every set-up writes. */
const WRITTEN = [
  'STAGEWRIGHT_GITHUB_APP_ID',
  'STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH',
  'STAGEWRIGHT_WEBHOOK_SECRET',
  'STAGEWRIGHT_AGENT'
]

export interface ServedSetUp {
  /** The address with its one-time token. */
  readonly url: string
  /** The App, once it was made and runs. */
  readonly running: Promise<App>
  /** Ends the page, and the App when it runs. */
  stop(): Promise<void>
}

/**
 * Listens, and answers once the link can be opened. FAILED_PRECONDITION when the settings could not
 * be written in the end, CONFIG_INVALID when the port is taken.
 */
export async function serveSetUp(io: Io, config: SetUpConfig): Promise<ServedSetUp> {
  const { stateDir } = readDatabaseConfig(io.env)
  const { path, agentPath, runUids } = config
  const lookIn = { path, agentPath, user: runUser(runUids) }
  const files = settingsFiles({ folder: process.cwd(), stateDir })
  await files.check(WRITTEN)
  const listener = await listen(config)
  const { promise: running, resolve } = Promise.withResolvers<App>()
  let starting: Promise<App> | null = null
  const setUp = createSetUp({
    manifest: readAppManifest(),
    webhookPath: WEBHOOK_PATH,
    origin: listener.url,
    registry: createAppRegistry(),
    files,
    given: {
      github: config.github,
      modelKeys: config.modelKeys,
      isolated: config.allowUnisolated || process.geteuid?.() === 0
    },
    lookForAgent: (name, command) => lookForAgent({ name, command, ...lookIn }),
    newChannel,
    async start(settings) {
      const made = readConfig({ ...io.env, ...settings })
      starting = assemble(made, { listener: lent(listener) })
      const app = await starting
      const handle = listener.handle
      listener.handle = (request, response) =>
        isSetUp(request.url) ? setUp.handle(request, response) : handle(request, response)
      resolve(app)
    },
    say: text => say(io, text),
    token: systemIds.token
  })
  listener.handle = setUp.handle
  return {
    url: `${listener.url}${setUp.link()}`,
    running,
    async stop() {
      // A start that is under way opens databases, which must be closed again; one that failed has.
      const app = await starting?.catch(() => null)
      await app?.stop()
      await listener.close()
    }
  }
}

/** The listener as a part of an App: closing that, or failing to start it, leaves the page open. */
function lent(listener: Listener): Listener {
  const before = listener.handle
  return {
    url: listener.url,
    get handle() {
      return listener.handle
    },
    set handle(handle) {
      listener.handle = handle
    },
    async close() {
      listener.handle = before
    }
  }
}

/** What a running App leaves to the page: the last step, which tells that it runs. */
function isSetUp(url: string | undefined): boolean {
  return url?.startsWith('/setup/s/') === true
}
