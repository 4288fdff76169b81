import type { Command } from 'commander'
import { type Io, type JsonOption, print, printJson, say, table } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { runStates, wholeNumber } from '#app/cli/options.ts'
import { type RunJson, runJson } from '#app/cli/run-json.ts'
import { AppError } from '#app/core/errors.ts'
import type { RunState } from '#app/core/run.ts'
import type { Store } from '#app/ports/store.ts'

interface RunsOptions extends JsonOption {
  readonly state?: readonly RunState[]
  readonly limit: number
  readonly before?: string
}

export function addRuns(program: Command, io: Io): void {
  program
    .command('runs')
    .summary('list runs, newest first')
    .description('Lists runs, newest first.')
    .option('--state <states>', 'only these, separated by commas', runStates)
    .option('--limit <count>', 'how many', wholeNumber(1, 500), 20)
    .option('--before <run>', 'older than this run: the next page')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright runs --state failed,timed_out
  $ stagewright runs --json --limit 100 | jq '.[].id'`
    )
    .action((options: RunsOptions) => listRuns(io, options))
}

async function listRuns(io: Io, options: RunsOptions): Promise<void> {
  const runs = await withStore(io, store => readRuns(store, options))
  if (options.json === true) printJson(io, runs)
  else if (runs.length === 0) say(io, 'no runs')
  else print(io, table([HEAD, ...runs.map(row)]))
}

async function readRuns(store: Store, options: RunsOptions): Promise<readonly RunJson[]> {
  return store.transaction(async tables => {
    const { before } = options
    if (before !== undefined && (await tables.runs.load(before)) === null) {
      throw new AppError(
        'RUN_NOT_FOUND',
        `looking for runs older than ${before}: there is no such run`
      )
    }
    const filter = { limit: options.limit, before, states: options.state }
    const rows: RunJson[] = []
    for (const run of await tables.runLists.list(filter)) {
      const repository = await tables.projects.repositoryById(run.repositoryId)
      if (repository === null) continue
      rows.push(runJson(run, repository))
    }
    return rows
  })
}

const HEAD = ['RUN', 'STATE', 'STAGE', 'ISSUE', 'BY', 'CREATED', 'RESULT']

function row(run: RunJson): readonly string[] {
  return [
    run.id,
    run.state,
    run.kind === 'work' ? run.stage : `${run.stage} ${run.kind}`,
    `${run.repository}#${run.issue.number}`,
    run.actor,
    `${run.createdAt.slice(0, 19)}Z`,
    run.reason ?? run.pullRequest?.url ?? ''
  ]
}
