/** Deliveries stored a second, against the ways one would take them otherwise (reliability B1). */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onConnection } from '#app/adapters/postgres/connection.ts'
import { type EmbeddedServer, startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
import type { Bench, Benchmark, Detail, Measured } from './benchmark.ts'
import { cpuSeconds } from './cpu.ts'
import { SIZES, type Size } from './ingest/bodies.ts'
import { type Child, startChild } from './ingest/child.ts'
import type { Load, Sent } from './ingest/generator.ts'
import { NAIVE, OURS, type Subject, startSubjects } from './ingest/subjects.ts'
import { atLeast, atMost, rounded } from './report.ts'
import { median, percentile } from './statistics.ts'

const ROUNDS = 3
/** Each round sends this many of a size to each subject, half on the way out, half on the way back. */
const DELIVERIES: Readonly<Record<Size, number>> = { 7700: 5000, 24600: 2000 }
const WARM_UP = 1000
const RATE = 200
const RATE_SECONDS = 5
const DUPLICATES = 200

export const ingest: Benchmark = {
  summary:
    'deliveries stored a second, against bare HTTP, Octokit, Probot, and Probot with a naive transaction',
  description:
    'Five subjects in processes of their own on one embedded Postgres (fsync and synchronous_commit on), a generator with 20 keep-alive connections in another. Closed loop for the rate, in the order A-B-C-D-E-E-D-C-B-A, three rounds, for deliveries of 7.7 KB and of 24.6 KB; open loop at 200 a second for the latency. What a subject says it stored is counted. About three minutes.',
  measure
}

interface Round {
  readonly subject: string
  readonly size: Size
  readonly load: 'closed' | 'open'
  readonly round: number
  readonly count: number
  readonly seconds: number
  readonly generatorSeconds: number
  readonly subjectSeconds: number | null
  readonly postgresSeconds: number | null
  readonly milliseconds: readonly number[]
}

async function measure(bench: Bench): Promise<Measured> {
  const data = join(bench.folder, 'postgres')
  await mkdir(data)
  await chmod(data, 0o711)
  const server = await startEmbedded({ folder: data, purpose: 'durable' })
  const generator = startChild('./generator.ts', [], {})
  let subjects: readonly Subject[] = []
  try {
    const postgres = await requireDurable(server)
    bench.say('starting the subjects')
    subjects = await startSubjects(server, bench.folder)
    const rounds = await measureAll({ bench, server, generator, subjects })
    return { ...evaluate(subjects, rounds), postgres, rounds }
  } finally {
    for (const subject of subjects) await subject.stop()
    await generator.stop()
    await server.stop()
  }
}

/** The version; throws when a commit would not be on disk when it is answered. */
async function requireDurable(server: EmbeddedServer): Promise<string> {
  return onConnection(server.url, async client => {
    const { rows } = await client.query(
      `select current_setting('server_version') as version, current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit`
    )
    const { version, fsync, commit } = rows[0]
    if (fsync !== 'on' || commit !== 'on') throw new Error('this Postgres does not store durably')
    return version
  })
}

interface Stage {
  readonly bench: Bench
  readonly server: EmbeddedServer
  readonly generator: Child
  readonly subjects: readonly Subject[]
}

async function measureAll(stage: Stage): Promise<readonly Round[]> {
  const { bench, subjects } = stage
  const thereAndBack = [...subjects, ...subjects.toReversed()]
  const rounds: Round[] = []
  for (const size of SIZES) {
    const half = DELIVERIES[size] / 2
    bench.say(`${size / 1000} KB: warming up`)
    for (const subject of subjects) await slot(stage, subject, { size, count: WARM_UP, round: 0 })
    for (let round = 1; round <= ROUNDS; round += 1) {
      bench.say(`${size / 1000} KB: round ${round} of ${ROUNDS}`)
      for (const [turn, subject] of thereAndBack.entries()) {
        const from = turn < subjects.length ? 0 : half
        rounds.push(await slot(stage, subject, { size, count: half, round, from }))
      }
    }
  }
  const [size] = SIZES
  bench.say(`${RATE} deliveries a second`)
  for (const [turn, subject] of thereAndBack.entries()) {
    const round = turn < subjects.length ? 1 : 2
    const count = RATE * RATE_SECONDS
    rounds.push(await slot(stage, subject, { size, count, round, rate: RATE }))
  }
  return rounds
}

interface Slot {
  readonly size: Size
  readonly count: number
  readonly round: number
  readonly from?: number
  readonly rate?: number
}

/** One subject's turn; throws when it refused anything or stored anything but what was sent, once. */
async function slot(stage: Stage, subject: Subject, wish: Slot): Promise<Round> {
  stage.bench.signal.throwIfAborted()
  const { size, count, round, from = 0, rate = null } = wish
  const prefix = `${rate === null ? 'closed' : 'open'}-${size}-${round}-${from}`
  const before = await subject.stored?.()
  const cpu = () => [cpuSeconds(subject.pid), cpuSeconds(stage.server.pid)] as const
  const start = cpu()
  const sent = await load(stage.generator, { url: subject.url, size, from, count, rate, prefix })
  const end = cpu()
  requireTaken(subject, sent, count)
  if (round === 0) await sendAgain(stage, subject, { size, count: DUPLICATES, round, from })
  const stored = (await subject.stored?.()) ?? 0
  if (before !== undefined && stored - before !== count) {
    throw new Error(`${subject.name} stored ${stored - before} of ${count} deliveries`)
  }
  return {
    ...{ subject: subject.key, size, load: rate === null ? 'closed' : 'open', round, count },
    seconds: sent.seconds,
    generatorSeconds: sent.cpuSeconds,
    subjectSeconds: difference(start[0], end[0]),
    postgresSeconds: difference(start[1], end[1]),
    milliseconds: sent.milliseconds
  }
}

/** Duplicates are taken too; the count that follows shows that they were stored once. */
async function sendAgain(stage: Stage, subject: Subject, wish: Slot): Promise<void> {
  const { size, count, round, from = 0 } = wish
  const prefix = `closed-${size}-${round}-${from}`
  const { url } = subject
  requireTaken(
    subject,
    await load(stage.generator, { url, size, from, count, rate: null, prefix }),
    count
  )
}

function requireTaken(subject: Subject, sent: Sent, count: number): void {
  const taken = Object.entries(sent.statuses)
    .filter(([status]) => status.startsWith('2'))
    .reduce((sum, [, answers]) => sum + answers, 0)
  if (taken !== count) {
    throw new Error(
      `${subject.name} answered ${JSON.stringify(sent.statuses)}, not ${count} times 2xx`
    )
  }
}

async function load(generator: Child, wish: Load): Promise<Sent> {
  const answer = generator.next()
  generator.send(wish)
  const { sent, failure } = (await answer) as { readonly sent?: Sent; readonly failure?: string }
  if (sent === undefined) throw new Error(`sending deliveries to ${wish.url}: ${failure}`)
  return sent
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before
}

function evaluate(
  subjects: readonly Subject[],
  rounds: readonly Round[]
): Pick<Measured, 'figures' | 'details'> {
  const [size] = SIZES
  const closed = (subject: string, of: Size) =>
    rounds.filter(one => one.load === 'closed' && one.subject === subject && one.size === of)
  const latencies = (subject: string) =>
    rounds
      .filter(one => one.load === 'open' && one.subject === subject)
      .flatMap(one => one.milliseconds)
  const ours = ratesByRound(closed(OURS, size))
  const naive = ratesByRound(closed(NAIVE, size))
  const ratio = median(ours.map((rate, index) => rate / (naive[index] ?? Number.NaN)))
  return {
    figures: [
      atLeast('rate_per_s', median(ours), { unit: '1/s', goal: 1500, floor: 1000 }),
      atLeast('ratio_vs_naive_probot', ratio, { unit: 'x', goal: 3, floor: 2.2 }),
      atMost('p99_ms_at_200_per_s', percentile(latencies(OURS), 99), { unit: 'ms', goal: 25 })
    ],
    details: SIZES.flatMap(of =>
      subjects.map(subject => ({
        subject: `${subject.key} ${subject.name}`,
        kilobytes: of / 1000,
        ...closedDetail(closed(subject.key, of)),
        ...openDetail(of === size ? latencies(subject.key) : []),
        promises: subject.promises
      }))
    )
  }
}

/** Both halves of a round together. */
function ratesByRound(rounds: readonly Round[]): readonly number[] {
  return [...new Set(rounds.map(one => one.round))].map(round => {
    const halves = rounds.filter(one => one.round === round)
    return sum(halves.map(one => one.count)) / sum(halves.map(one => one.seconds))
  })
}

function closedDetail(rounds: readonly Round[]): Detail {
  const count = sum(rounds.map(one => one.count))
  const seconds = sum(rounds.map(one => one.seconds))
  const perThousand = (of: (round: Round) => number | null): number | string => {
    const known = rounds.map(of).filter(value => value !== null)
    return known.length < rounds.length ? '' : rounded((sum(known) / count) * 1000)
  }
  const busy = sum(rounds.map(one => one.generatorSeconds)) / seconds
  return {
    rate_per_s: Math.round(median(ratesByRound(rounds))),
    cpu_s_per_1000: perThousand(one => one.subjectSeconds),
    postgres_cpu_s_per_1000: perThousand(one => one.postgresSeconds),
    generator_busy: `${Math.round(busy * 100)}%`
  }
}

function openDetail(milliseconds: readonly number[]): Detail {
  const at = (rank: number) =>
    milliseconds.length === 0 ? '' : rounded(percentile(milliseconds, rank))
  return { p50_ms_at_200: at(50), p99_ms_at_200: at(99) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
