import type { Command } from 'commander'
import { type Io, type JsonOption, print, printJson, table } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { runJson } from '#app/cli/run-json.ts'
import { type RunDetails, showRun } from '#app/usecases/show-run.ts'

/** Events that the text shows; `--json` has up to 500. */
const LAST_EVENTS = 15

export function addRunShow(run: Command, io: Io): void {
  run
    .command('show')
    .summary('show one run with its attempts and last events')
    .description('Shows one run: what it is for, its attempts, its last events, and where to look.')
    .argument('<id>', 'the run; `stagewright runs` lists them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ stagewright run show k3v9q2m7x4ab')
    .action(async (id: string, options: JsonOption) => {
      const details = await withStore(io, store => showRun({ store }, id))
      if (options.json === true) printJson(io, jsonOf(details))
      else print(io, textOf(details))
    })
}

function jsonOf(details: RunDetails): unknown {
  const { run, repository, attempts, events } = details
  return {
    ...runJson(run, repository),
    result: run.result,
    attempts: attempts.map(attempt => ({
      number: attempt.number,
      state: attempt.state,
      executor: attempt.executor,
      isolation: attempt.isolation,
      end: attempt.end,
      message: attempt.message,
      exitCode: attempt.report?.exitCode ?? null,
      sessionResumed: attempt.report?.sessionResumed ?? false,
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt
    })),
    events
  }
}

function textOf(details: RunDetails): string {
  const run = runJson(details.run, details.repository)
  const why = [run.reason, run.detail].filter(part => part !== null).join(': ')
  const facts: Array<readonly [string, string | null]> = [
    ['run', run.id],
    ['state', why === '' ? run.state : `${run.state} (${why})`],
    ['stage', `${run.stage} ${run.kind}, asked for by ${run.actor}`],
    ['issue', `${run.issue.title} ${run.issue.url}`],
    ['branch', run.branch],
    ['pull', run.pullRequest?.url ?? null],
    ['created', run.createdAt],
    ['finished', run.finishedAt]
  ]
  const attempts = details.attempts.map(attempt => [
    `  ${attempt.number}`,
    attempt.end ?? attempt.state,
    attempt.isolation ?? '-',
    attempt.message ?? ''
  ])
  const events = details.events
    .slice(-LAST_EVENTS)
    .map(event => [`  ${event.at.slice(11, 19)}`, event.type, JSON.stringify(event.data)])
  return [
    table(facts.filter(([, value]) => value !== null).map(([name, value]) => [name, value ?? ''])),
    ...(attempts.length === 0 ? [] : ['', 'attempts', table(attempts)]),
    ...(events.length === 0 ? [] : ['', 'last events', table(events)])
  ].join('\n')
}
