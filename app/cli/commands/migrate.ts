import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { connect, describeDatabase } from '#app/adapters/postgres/connection.ts'
import {
  migrateDown,
  migrateUp,
  type SchemaState,
  schemaState
} from '#app/adapters/postgres/migrate.ts'
import { reachServer } from '#app/adapters/postgres/open-database.ts'
import { type Io, type JsonOption, print, printJson, say } from '#app/cli/io.ts'
import { wholeNumber } from '#app/cli/options.ts'
import { readDatabaseConfig } from '#app/config.ts'

interface MigrateOptions extends JsonOption {
  readonly down?: number
  readonly status?: true
}

interface Outcome extends SchemaState {
  readonly done: readonly string[]
}

export function addMigrate(program: Command, io: Io): void {
  program
    .command('migrate')
    .summary('bring the database schema up to date')
    .description(
      'Applies what is pending to the database of DATABASE_URL (its user must own the schema), or to the embedded one, and grants the role stagewright_app, where there is one, what it lacks.'
    )
    .addOption(
      new Option('--down <steps>', 'take back the newest migrations instead; this loses data')
        .argParser(wholeNumber(1, 1000))
        .conflicts('status')
    )
    .option('--status', 'change nothing, show what is applied and what is pending')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  $ DATABASE_URL=postgres://owner@db/stagewright stagewright migrate
  $ stagewright migrate --status --json`
    )
    .action((options: MigrateOptions) => migrate(io, options))
}

async function migrate(io: Io, options: MigrateOptions): Promise<void> {
  const outcome = await withOwner(io, async db => {
    const done =
      options.status === true
        ? []
        : options.down === undefined
          ? await migrateUp(db)
          : await migrateDown(db, { steps: options.down })
    return { done, ...(await schemaState(db)) }
  })
  if (options.json === true) printJson(io, outcome)
  else print(io, textOf(outcome, options))
}

function textOf(outcome: Outcome, options: MigrateOptions): string {
  if (options.status !== true) {
    const verb = options.down === undefined ? 'applied' : 'taken back'
    if (outcome.done.length === 0) return 'the schema is current'
    return outcome.done.map(name => `${verb} ${name}`).join('\n')
  }
  const lines = [
    ...outcome.applied.map(name => `applied  ${name}`),
    ...outcome.pending.map(name => `pending  ${name}`),
    ...outcome.unknown.map(name => `unknown  ${name}`)
  ]
  return lines.join('\n')
}

type Pool = ReturnType<typeof connect>

async function withOwner(io: Io, work: (db: Pool) => Promise<Outcome>): Promise<Outcome> {
  const { databaseUrl, stateDir } = readDatabaseConfig(io.env)
  const { url, release } = await reachServer({
    url: databaseUrl,
    folder: join(stateDir, 'postgres')
  })
  say(io, `database ${describeDatabase(url)}`)
  const db = connect(url, { poolSize: 2, applicationName: 'stagewright-migrate' })
  try {
    return await work(db)
  } finally {
    await db.destroy()
    await release()
  }
}
