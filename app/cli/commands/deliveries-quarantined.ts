import type { Command } from 'commander'
import { type Io, type JsonOption, print, printJson, say } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { wholeNumber } from '#app/cli/options.ts'
import { escapeText } from '#app/cli/plain-text.ts'
import type { StoredDelivery } from '#app/ports/delivery-lists.ts'
import { listDeliveries } from '#app/usecases/show-delivery.ts'

interface QuarantinedOptions extends JsonOption {
  readonly limit: number
  readonly before?: string
}

export function addDeliveriesQuarantined(deliveries: Command, io: Io): void {
  deliveries
    .command('quarantined')
    .summary('list what was put aside, why, and what to do')
    .description(
      'Lists deliveries that were put aside because working them kept failing, newest first, each with its reason and what to do. The others of their issue went on.'
    )
    .option('--limit <count>', 'how many', wholeNumber(1, 500), 20)
    .option('--before <id>', 'older than this delivery: the next page')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries quarantined
  $ stagewright deliveries quarantined --json | jq -r '.[].id' | xargs stagewright deliveries replay`
    )
    .action((options: QuarantinedOptions) => quarantined(io, options))
}

async function quarantined(io: Io, options: QuarantinedOptions): Promise<void> {
  const { limit, before } = options
  const rows = await withStore(io, store =>
    listDeliveries({ store }, { states: ['quarantined'], limit, before })
  )
  if (options.json === true)
    printJson(
      io,
      rows.map(row => ({ ...row, advice: adviceFor(row) }))
    )
  else if (rows.length === 0) say(io, 'nothing is put aside')
  else print(io, rows.map(paragraph).join('\n'))
}

function paragraph(row: StoredDelivery): string {
  const subject = row.subject === null ? '' : `, ${escapeText(row.subject)}`
  return [
    `${row.id}  ${row.event}${subject}, received ${row.receivedAt.slice(0, 19)}Z, tried ${row.attempts} times`,
    `  why   ${escapeText(row.reason ?? 'no reason was stored')}`,
    `  do    ${adviceFor(row)}`
  ].join('\n')
}

/** What helps, by how the reason begins: codes of failures that were tried again, else the payload's own. */
const ADVICE: ReadonlyArray<readonly [begins: RegExp, advice: string]> = [
  [
    /^worker lost/,
    'its workers ended while they were at it: look for this id in their logs, then replay it'
  ],
  [
    /^(GITHUB_UNAVAILABLE|GITHUB_LIMIT|DATABASE_UNREACHABLE|DELIVERY_STORE)\b/,
    'what it needed was away for a day: replay it'
  ],
  [
    /^(GITHUB_REFUSED|NOT_FOUND|FORBIDDEN|UNAUTHORIZED)\b/,
    'GitHub refused a call: run `stagewright doctor`, mend what it names, then replay it'
  ],
  [/^[A-Z_]+:/, 'look for this id in the log, mend the cause or update, then replay it']
]

function adviceFor({ id, reason }: StoredDelivery): string {
  const found = ADVICE.find(([begins]) => begins.test(reason ?? ''))
  if (found !== undefined) return `${found[1]} (stagewright deliveries replay ${id})`
  return `its payload could not be read: look at it (stagewright deliveries show ${id} --payload); replay it after an update that reads it`
}
