/** From a label to its agent: how long until the agent's process stands in its clone. */
import { setTimeout as delay } from 'node:timers/promises'
import { Option } from 'commander'
import { wholeNumber } from '#app/cli/options.ts'
import type { Bench, Benchmark, Detail, Measured } from './benchmark.ts'
import { atMost, rounded } from './report.ts'
import { openStage, type Stage } from './start/stage.ts'
import { failures, MOMENTS, type Moment, settled, spawned, timelines } from './start/timeline.ts'

const WARM_UP = 3
const LOOK_MS = 50
const LONGEST_MS = 60_000

export const start: Benchmark = {
  summary: 'label delivered to agent spawned after its clone, in turn and in a burst',
  description:
    'Local executor, one user per run, embedded Postgres with fsync. In turn: one run at a time, the next label is put on when the run before has ended and GitHub shows it. Burst: all deliveries at the same moment, limits lifted. About four minutes.',
  options: [
    new Option('--turns <count>', 'labels in turn').argParser(wholeNumber(1, 1000)).default(200),
    new Option('--burst <count>', 'labels at once').argParser(wholeNumber(1, 90)).default(50)
  ],
  measure
}

/** Milliseconds from the moment the delivery was sent. */
type Way = Readonly<Record<Moment, number>>

async function measure(bench: Bench): Promise<Measured> {
  const { turns, burst } = bench.options as { readonly turns: number; readonly burst: number }
  const stage = await openStage(bench)
  try {
    bench.say(`${WARM_UP} labels to warm up`)
    await inTurn(bench, stage, WARM_UP)
    bench.say(`${turns} labels in turn`)
    const one = await inTurn(bench, stage, turns)
    bench.say(`${burst} labels at once`)
    const all = await atOnce(bench, stage, burst)
    bench.say('every agent was spawned')
    const { rows } = await stage.database.query<{ server_version: string }>('show server_version')
    return {
      figures: [
        atMost('sequential_p95_ms', spawnedAt(one, 0.95), { unit: 'ms', goal: 300, floor: 500 }),
        atMost('burst_50_p95_ms', spawnedAt(all, 0.95), { unit: 'ms', goal: 5000, floor: 8000 })
      ],
      details: MOMENTS.map(moment => detail(moment, one, all)),
      postgres: rows[0]?.server_version ?? 'unknown',
      rounds: [
        ...one.map(way => ({ round: 'in turn', ...way })),
        ...all.map(way => ({ round: 'burst', ...way }))
      ]
    }
  } finally {
    await stage.close()
  }
}

function spawnedAt(ways: readonly Way[], share: number): number {
  return percentile(ways, 'agent spawned', share)
}

function detail(moment: Moment, one: readonly Way[], all: readonly Way[]): Detail {
  return {
    since_delivery: moment,
    in_turn_p50_ms: rounded(percentile(one, moment, 0.5)),
    in_turn_p95_ms: rounded(percentile(one, moment, 0.95)),
    burst_p50_ms: rounded(percentile(all, moment, 0.5)),
    burst_p95_ms: rounded(percentile(all, moment, 0.95))
  }
}

/** The smallest value that so large a share of the runs does not exceed. */
function percentile(ways: readonly Way[], moment: Moment, share: number): number {
  const sorted = ways.map(way => way[moment]).toSorted((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

/** One run at a time, from its label to its end on GitHub. */
async function inTurn(bench: Bench, stage: Stage, labels: number): Promise<readonly Way[]> {
  const ways: Way[] = []
  for (let turn = 1; turn <= labels; turn += 1) {
    const issue = await stage.issue(`Part ${turn}`)
    await stage.label(issue)
    await until(bench, stage, { issues: [issue], what: 'agents', look: spawned })
    ways.push(...(await waysOf(stage, [issue])))
    await until(bench, stage, { issues: [issue], what: 'ends', look: settled })
    if (turn % 50 === 0) bench.say(`${turn} of ${labels}`)
  }
  return ways
}

async function atOnce(bench: Bench, stage: Stage, labels: number): Promise<readonly Way[]> {
  const issues: number[] = []
  for (let made = 0; made < labels; made += 1) issues.push(await stage.issue(`Burst ${made}`))
  await stage.gate.close()
  stage.relay.hold()
  for (const issue of issues) await stage.label(issue)
  await stage.sandbox.settled()
  const released = await stage.relay.release()
  if (released !== labels) throw new Error(`${released} of ${labels} labels were delivered`)
  await until(bench, stage, { issues, what: 'agents', look: spawned })
  const ways = await waysOf(stage, issues)
  await stage.gate.open()
  await until(bench, stage, { issues, what: 'ends', look: settled })
  return ways
}

async function waysOf(stage: Stage, issues: readonly number[]): Promise<readonly Way[]> {
  const known = await timelines(stage.database, issues)
  return [...known].map(([issue, timeline]) => {
    const sentAt = stage.relay.sentAt.get(issue) ?? Number.NaN
    const entries = MOMENTS.map(moment => [moment, timeline[moment] - sentAt])
    return Object.fromEntries(entries) as Way
  })
}

async function until(
  bench: Bench,
  stage: Stage,
  wait: {
    readonly issues: readonly number[]
    readonly what: string
    readonly look: (database: Stage['database'], issues: readonly number[]) => Promise<number>
  }
): Promise<void> {
  const { issues, what, look } = wait
  for (const end = Date.now() + LONGEST_MS; ; ) {
    bench.signal.throwIfAborted()
    const seen = await look(stage.database, issues)
    if (seen === issues.length) return
    if (Date.now() > end) {
      const words = await failures(stage.database, issues)
      throw new Error(
        `waited ${LONGEST_MS / 1000} s for ${issues.length} ${what} and saw ${seen}; ${words.join('; ')}`
      )
    }
    await delay(LOOK_MS, undefined, { signal: bench.signal })
  }
}
