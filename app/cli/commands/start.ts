import type { Command } from 'commander'
import { type Io, type JsonOption, printJson, say } from '#app/cli/io.ts'
import { serveSetUp } from '#app/cli/set-up.ts'
import { aborted, stopSignal } from '#app/cli/stop-signal.ts'
import { readSetUpConfig, type SetUpConfig } from '#app/config/set-up.ts'
import { type Config, readConfig } from '#app/config.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { type App, assemble } from '#app/main.ts'

export function addStart(program: Command, io: Io): void {
  program
    .command('start')
    .summary('run the server')
    .description(
      'Runs the server for a GitHub App until SIGINT or SIGTERM; a second signal ends it at once. What runs is handed over: the next start goes on with it.'
    )
    .option('--json', 'print one JSON object with the address once it listens')
    .addHelpText(
      'after',
      `
Every setting stands in docs/reference/config.md. All problems are reported at once, with exit code 2.
With none of them set it serves a page that makes the App, writes its settings to .env and goes on with
it; what only says where things are may be set before (PORT, DATABASE_URL, STAGEWRIGHT_STATE_DIR ...).

Examples:
  $ stagewright start
  $ STAGEWRIGHT_GITHUB_APP_ID=123 STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH=app.pem \\
    STAGEWRIGHT_WEBHOOK_SECRET=... STAGEWRIGHT_AGENT_COMMAND='["my-agent"]' stagewright start
  $ STAGEWRIGHT_ROLE=worker PORT=3001 stagewright start`
    )
    .action((options: JsonOption) => start(io, options))
}

async function start(io: Io, options: JsonOption): Promise<void> {
  const setUp = readSetUpConfig(io.env)
  const stop = stopSignal(() => {
    say(io, 'ending at once; what ran is taken up at the next start')
    process.exit(1)
  })
  try {
    if (setUp !== null) await runSetUp(io, { setUp, options, signal: stop.signal })
    else await runApp(io, { config: readConfig(io.env), options, signal: stop.signal })
  } finally {
    stop.release()
  }
  // Nothing is open any more; a library's idle timer shall not keep a stopped server around.
  setTimeout(() => process.exit(), 2_000).unref()
}

interface Run {
  readonly options: JsonOption
  readonly signal: AbortSignal
}

async function runApp(io: Io, { config, options, signal }: Run & { config: Config }) {
  const app = await assemble(config)
  tell(io, app, { role: config.role, options })
  await aborted(signal)
  tellStopping(io, options)
  await app.stop()
}

/** The page first, the App it makes then, without a start in between. */
async function runSetUp(io: Io, { setUp, options, signal }: Run & { setUp: SetUpConfig }) {
  const served = await serveSetUp(io, setUp)
  if (options.json === true) printJson(io, { setup: served.url, pid: process.pid })
  else {
    say(io, 'no GitHub App is configured yet; make one in the browser, the link works once:')
    say(io, `  ${served.url}`)
    say(io, 'Ctrl-C stops; `npm run demo` needs no App')
  }
  void served.running.then(app => tell(io, app, { role: 'all', options }))
  await aborted(signal)
  tellStopping(io, options)
  await served.stop()
}

function tell(
  io: Io,
  app: App,
  { role, options }: { readonly role: Config['role']; readonly options: JsonOption }
): void {
  const webhook = role === 'worker' ? null : `${app.url}${WEBHOOK_PATH}`
  if (options.json === true) {
    printJson(io, { url: app.url, webhook, role, pid: process.pid })
    return
  }
  say(io, `stagewright listens on ${app.url} (role ${role})`)
  if (webhook !== null) say(io, `webhooks go to ${webhook}; Ctrl-C stops`)
}

function tellStopping(io: Io, options: JsonOption): void {
  if (options.json !== true) say(io, 'stopping; a second signal ends it at once')
}
