import type { Command } from 'commander'
import { cliActor } from '#app/cli/acting.ts'
import { type Io, type JsonOption, print, printJson, say } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { replayDeliveries } from '#app/usecases/replay-delivery.ts'

export function addDeliveriesReplay(deliveries: Command, io: Io): void {
  deliveries
    .command('replay')
    .summary('work finished deliveries once more')
    .description(
      'Puts deliveries that are done or were put aside back to waiting, all of them or none; the server works them as if they had just come. A trigger that was answered before is known by its own key: it starts no second run and gets no second comment.'
    )
    .argument('<ids...>', 'the deliveries; `stagewright deliveries list` shows them')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries replay 72d3162e-cc78-11e3-81ab-4c9367dc0958
  $ stagewright deliveries replay ID1 ID2 --json`
    )
    .action((ids: readonly string[], options: JsonOption) => replay(io, ids, options))
}

async function replay(io: Io, ids: readonly string[], options: JsonOption): Promise<void> {
  const replayed = await withStore(io, store => replayDeliveries({ store }, ids, cliActor()))
  if (options.json === true) return printJson(io, replayed)
  for (const { id, was } of replayed) {
    print(io, `delivery ${id} waits again; it was ${was.disposition ?? was.state}`)
  }
  say(
    io,
    'a trigger that was answered before is known by its key and not answered again; `stagewright deliveries show ID` tells what became of it'
  )
}
