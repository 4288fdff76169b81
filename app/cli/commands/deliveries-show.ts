import type { Command } from 'commander'
import { type Io, type JsonOption, print, table } from '#app/cli/io.ts'
import { withStore } from '#app/cli/open-store.ts'
import { escapeLines, escapeText } from '#app/cli/plain-text.ts'
import { type DeliveryDetails, showDelivery } from '#app/usecases/show-delivery.ts'

interface ShowOptions extends JsonOption {
  readonly payload?: true
}

export function addDeliveriesShow(deliveries: Command, io: Io): void {
  deliveries
    .command('show')
    .summary('show one delivery and what it led to')
    .description(
      'Shows one delivery: what became of it, the runs it led to, and what was written down because of it.'
    )
    .argument('<id>', 'the delivery; `stagewright deliveries list` shows them')
    .option('--payload', 'print its body too, as GitHub sent it; control characters are escaped')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  $ stagewright deliveries show 72d3162e-cc78-11e3-81ab-4c9367dc0958
  $ stagewright deliveries show ID --payload --json | jq .payload.sender.login`
    )
    .action((id: string, options: ShowOptions) => show(io, id, options))
}

async function show(io: Io, id: string, options: ShowOptions): Promise<void> {
  const body = options.payload === true
  const details = await withStore(io, store => showDelivery({ store }, id, { body }))
  const payload = body ? { payload: payloadOf(details.body) } : {}
  if (options.json === true) {
    const { delivery, runs, trail } = details
    print(io, escapeText(JSON.stringify({ ...delivery, runs, trail, ...payload })))
  } else {
    print(io, textOf(details))
    if (body) print(io, `\npayload\n${payloadText(details.body)}`)
  }
}

/** The parsed body; its text when it is no JSON; null when there is none. */
function payloadOf(body: Buffer | null): unknown {
  if (body === null) return null
  const text = body.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    // Signed, but no JSON: shown as it is.
    return text
  }
}

function payloadText(body: Buffer | null): string {
  if (body === null) return '(there is none: not subscribed to, or taken by retention)'
  const payload = payloadOf(body)
  return escapeLines(typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2))
}

function textOf({ delivery, runs, trail }: DeliveryDetails): string {
  const what = [delivery.disposition, delivery.reason].filter(part => part !== null).join(': ')
  const facts: Array<readonly [string, string | null]> = [
    ['delivery', delivery.id],
    ['event', delivery.event],
    ['subject', delivery.subject],
    ['state', what === '' ? delivery.state : `${delivery.state} (${what})`],
    ['tries', String(delivery.attempts)],
    ['received', delivery.receivedAt],
    ['finished', delivery.finishedAt],
    ['body', delivery.bytes === null ? 'none' : `${delivery.bytes} bytes`],
    ['runs', runs.length === 0 ? null : runs.join(', ')]
  ]
  const shown = facts.flatMap(([name, value]) =>
    value === null ? [] : [[name, escapeText(value)]]
  )
  const lines = trail.map(entry => [
    `  ${entry.at.slice(0, 19)}Z`,
    entry.type,
    escapeText(entry.actor),
    escapeText(entry.reason ?? '')
  ])
  return [table(shown), ...(lines.length === 0 ? [] : ['', 'led to', table(lines)])].join('\n')
}
