import type { Command } from 'commander'
import { createAppHook } from '#app/adapters/github/app-hook.ts'
import { bucketsOf } from '#app/adapters/github/buckets.ts'
import { postgresRateLimiter } from '#app/adapters/postgres/rate-limiter.ts'
import { postgresStore } from '#app/adapters/postgres/store.ts'
import { createLog, systemClock } from '#app/adapters/system/index.ts'
import { type Io, type JsonOption, print, printJson, say } from '#app/cli/io.ts'
import { withDatabase } from '#app/cli/open-store.ts'
import { readConfig } from '#app/config.ts'
import { createRedact } from '#app/core/redact.ts'
import { SUBSCRIBED_EVENTS } from '#app/edges/webhooks/payloads.ts'
import { type SweptDeliveries, sweepDeliveries } from '#app/usecases/sweep-deliveries.ts'

export function addDeliveriesSweep(deliveries: Command, io: Io): void {
  deliveries
    .command('sweep')
    .summary('ask GitHub now for deliveries that never came')
    .description(
      'Reads GitHub’s log of the App’s deliveries and asks for those that failed or never came, as the server does every 5 minutes. What comes is taken by the server, so it must run. Takes the same settings as `stagewright start`.'
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries sweep
  $ stagewright deliveries sweep --json | jq .waiting`
    )
    .action((options: JsonOption) => sweep(io, options))
}

async function sweep(io: Io, options: JsonOption): Promise<void> {
  const config = readConfig(io.env)
  const { webhookSecrets } = config.github
  const log = createLog({ level: 'silent', pretty: false, redact: createRedact(webhookSecrets) })
  const swept = await withDatabase(io, ({ db }) => {
    const limiter = postgresRateLimiter(db, bucketsOf(config))
    const appHook = createAppHook({ ...config.github, limiter, log })
    const world = { store: postgresStore(db), clock: systemClock, log, appHook }
    return sweepDeliveries(world, SUBSCRIBED_EVENTS)
  })
  if (options.json === true) printJson(io, swept)
  else tell(io, swept)
}

function tell(io: Io, swept: SweptDeliveries): void {
  const { listed, found, asked, arrived, gaveUp, waiting, held, gap } = swept
  print(io, `read ${listed} attempts in GitHub's log: ${found} new ones are missing`)
  print(io, `asked for ${asked}; ${arrived} came since the last time; gave up ${gaveUp}`)
  if (gap !== null) {
    say(io, `GitHub’s log begins at ${gap.to}; what it sent since ${gap.from} cannot be asked for`)
  }
  if (held !== null) say(io, `asked for no more than one: ${held.hint}`)
  if (waiting > asked) say(io, `${waiting - asked} more wait for their turn in a later sweep`)
}
