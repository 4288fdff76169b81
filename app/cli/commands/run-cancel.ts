import type { Command } from 'commander'
import { systemIds } from '#app/adapters/system/index.ts'
import { cliTrigger } from '#app/cli/acting.ts'
import { type Io, type JsonOption, print, printJson } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import { STAGES } from '#app/stages/index.ts'
import { requestCancel } from '#app/usecases/cancel-run.ts'
import { showRun } from '#app/usecases/show-run.ts'

/** What a cancel needs beside the database: a kept review may begin its revise. */
const WORLD = { ids: systemIds, stages: STAGES, settings: { labels: defaultLabelNames() } }

export function addRunCancel(run: Command, io: Io): void {
  run
    .command('cancel')
    .summary('end a run')
    .description('Asks a run to end. Safe to repeat; for a run that has ended it says so.')
    .argument('<id>', 'the run; `stagewright runs` lists them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ stagewright run cancel k3v9q2m7x4ab')
    .action((id: string, options: JsonOption) => cancel(io, id, options))
}

async function cancel(io: Io, id: string, options: JsonOption): Promise<void> {
  const { outcome, state } = await withStore(io, async store => {
    const { run, repository } = await showRun({ store }, id)
    const trigger = cliTrigger(run)
    const wish = { by: trigger.actor, reason: 'cli', trigger, repository }
    return store.transaction(async tables => {
      const outcome = await requestCancel(WORLD, tables, id, wish)
      return { outcome, state: (await tables.runs.load(id))?.state ?? run.state }
    })
  })
  if (options.json === true) printJson(io, { run: id, outcome, state })
  else if (outcome === 'ended') print(io, `run ${id} has ended already: ${state}`)
  else print(io, `run ${id} is asked to end; \`stagewright run show ${id}\` shows when it has`)
}
