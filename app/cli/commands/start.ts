import type { Command } from 'commander'
import { type Io, type JsonOption, printJson, say } from '#app/cli/io.ts'
import { aborted, stopSignal } from '#app/cli/stop-signal.ts'
import { readConfig } from '#app/config.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { assemble } from '#app/main.ts'

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

Examples:
  $ STAGEWRIGHT_GITHUB_APP_ID=123 STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH=app.pem \\
    STAGEWRIGHT_WEBHOOK_SECRET=... STAGEWRIGHT_AGENT_COMMAND='["my-agent"]' stagewright start
  $ STAGEWRIGHT_ROLE=worker PORT=3001 stagewright start`
    )
    .action((options: JsonOption) => start(io, options))
}

async function start(io: Io, options: JsonOption): Promise<void> {
  const config = readConfig(io.env)
  const stop = stopSignal(() => {
    say(io, 'ending at once; what ran is taken up at the next start')
    process.exit(1)
  })
  try {
    const app = await assemble(config)
    const webhook = config.role === 'worker' ? null : `${app.url}${WEBHOOK_PATH}`
    const listening = { url: app.url, webhook, role: config.role, pid: process.pid }
    if (options.json === true) printJson(io, listening)
    else {
      say(io, `stagewright listens on ${app.url} (role ${config.role})`)
      if (webhook !== null) say(io, `webhooks go to ${webhook}; Ctrl-C stops`)
    }
    await aborted(stop.signal)
    if (options.json !== true) say(io, 'stopping; a second signal ends it at once')
    await app.stop()
  } finally {
    stop.release()
  }
  // Nothing is open any more; a library's idle timer shall not keep a stopped server around.
  setTimeout(() => process.exit(), 2_000).unref()
}
