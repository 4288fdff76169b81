/** `stagewright deliveries`: what GitHub sent, what became of it, and what an operator can do about it. */
import type { Command } from 'commander'
import { type Io, type JsonOption, print, printJson, say, table } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { deliveryStates, wholeNumber } from '#app/cli/options.ts'
import { escapeText } from '#app/cli/plain-text.ts'
import type { DeliveryState, StoredDelivery } from '#app/ports/delivery-lists.ts'
import { listDeliveries } from '#app/usecases/show-delivery.ts'
import { addDeliveriesQuarantined } from './deliveries-quarantined.ts'
import { addDeliveriesReplay } from './deliveries-replay.ts'
import { addDeliveriesShow } from './deliveries-show.ts'
import { addDeliveriesSweep } from './deliveries-sweep.ts'

export function addDeliveries(program: Command, io: Io): void {
  const deliveries = program
    .command('deliveries')
    .summary('list, show or replay what GitHub sent')
    .description(
      'What GitHub sent: list, show, replay, what was put aside, and asking GitHub for what never came.'
    )
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries list --limit 50
  $ stagewright deliveries quarantined --json`
    )
  addList(deliveries, io)
  addDeliveriesShow(deliveries, io)
  addDeliveriesReplay(deliveries, io)
  addDeliveriesQuarantined(deliveries, io)
  addDeliveriesSweep(deliveries, io)
}

interface ListOptions extends JsonOption {
  readonly state?: readonly DeliveryState[]
  readonly event?: string
  readonly limit: number
  readonly before?: string
}

function addList(deliveries: Command, io: Io): void {
  deliveries
    .command('list')
    .summary('list deliveries, newest first')
    .description('Lists deliveries, newest first.')
    .option('--state <states>', 'only these, separated by commas', deliveryStates)
    .option('--event <name>', 'only this event, for example issue_comment')
    .option('--limit <count>', 'how many', wholeNumber(1, 500), 20)
    .option('--before <id>', 'older than this delivery: the next page')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries list --state waiting,working
  $ stagewright deliveries list --event issues --json --limit 100 | jq '.[].subject'`
    )
    .action((options: ListOptions) => list(io, options))
}

async function list(io: Io, options: ListOptions): Promise<void> {
  const { state: states, event, limit, before } = options
  const rows = await withStore(io, store =>
    listDeliveries({ store }, { states, event, limit, before })
  )
  if (options.json === true) printJson(io, rows)
  else if (rows.length === 0) say(io, 'no deliveries')
  else print(io, table([HEAD, ...rows.map(line)]))
}

const HEAD = [
  'DELIVERY',
  'EVENT',
  'SUBJECT',
  'STATE',
  'DISPOSITION',
  'TRIES',
  'RECEIVED',
  'REASON'
] as const

function line(row: StoredDelivery): readonly string[] {
  return [
    row.id,
    row.event,
    escapeText(row.subject ?? '-'),
    row.state,
    row.disposition ?? '-',
    String(row.attempts),
    `${row.receivedAt.slice(0, 19)}Z`,
    escapeText(row.reason ?? '')
  ]
}
