import type { Command } from 'commander'
import { cliTrigger } from '#app/cli/acting.ts'
import { type Io, type JsonOption, print, printJson } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { AppError } from '#app/core/errors.ts'
import { reopenRun } from '#app/usecases/retry-run.ts'
import { showRun } from '#app/usecases/show-run.ts'

export function addRunRetry(run: Command, io: Io): void {
  run
    .command('retry')
    .summary('give an ended run that did not succeed another attempt')
    .description('Gives an ended run that did not succeed another attempt, with the same request.')
    .argument('<id>', 'the run; `stagewright runs --state failed` lists such')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ stagewright run retry k3v9q2m7x4ab')
    .action((id: string, options: JsonOption) => retry(io, id, options))
}

const REFUSALS = {
  no_run: 'there is no such run',
  run_active: 'a run of this issue is active; cancel it or wait for its end',
  run_not_failed: 'it succeeded; ask for changes with /revise on its pull request'
} as const

async function retry(io: Io, id: string, options: JsonOption): Promise<void> {
  const outcome = await withStore(io, async store => {
    const { run, repository } = await showRun({ store }, id)
    return store.transaction(tables =>
      reopenRun(tables, id, { trigger: cliTrigger(run), repository })
    )
  })
  if (outcome !== 'reopened') {
    throw new AppError('FAILED_PRECONDITION', `retrying run ${id}: ${REFUSALS[outcome]}`, {
      fields: { reason: outcome }
    })
  }
  if (options.json === true) printJson(io, { run: id, outcome })
  else print(io, `run ${id} gets another attempt; \`stagewright run show ${id}\` shows it`)
}
