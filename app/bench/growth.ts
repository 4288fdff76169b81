/** Whether claims, lists and ingest stay as fast with a million runs as with ten thousand. */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Option } from 'commander'
import type { Knex } from 'knex'
import { connect, createDatabase, onConnection } from '#app/adapters/postgres/connection.ts'
import { startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
import { postgresInbox } from '#app/adapters/postgres/inbox.ts'
import { openDatabase } from '#app/adapters/postgres/open-database.ts'
import { postgresStore } from '#app/adapters/postgres/store.ts'
import { wholeNumber } from '#app/cli/options.ts'
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { OPERATIONS, type Operation, type Place } from './growth/operations.ts'
import { seed } from './growth/seed.ts'
import { atMost, rounded } from './report.ts'
import { median } from './statistics.ts'

const SMALL = 10_000
const WARM_UP = 5
const TIMES = 40
const FIGURES = ['claim_ratio', 'list_ratio', 'ingest_ratio'] as const

export const growth: Benchmark = {
  summary: 'claims, lists and ingest with a million finished runs against ten thousand',
  description:
    'Two databases on one embedded Postgres (fsync on), filled with finished runs, their attempts, events and deliveries. Each operation is done 40 times in each, turn about; a ratio is that of the medians, and a figure is the worst ratio of its kind. About four minutes and 3 GB of disk.',
  options: [
    new Option('--runs <count>', 'finished runs of the large database')
      .argParser(wholeNumber(SMALL, 10_000_000))
      .default(1_000_000)
  ],
  measure
}

interface Database extends Place {
  readonly db: Knex
  close(): Promise<void>
}

async function measure(bench: Bench): Promise<Measured> {
  const { runs } = bench.options as { readonly runs: number }
  const data = join(bench.folder, 'postgres')
  await mkdir(data)
  await chmod(data, 0o711)
  const server = await startEmbedded({ folder: data, purpose: 'durable' })
  const databases: Database[] = []
  try {
    // Checkpoints while it is filled would write most pages several times.
    await configure(server.url, `alter system set max_wal_size = '4GB'`)
    for (const count of [SMALL, runs]) {
      bench.signal.throwIfAborted()
      bench.say(`filling a database with ${count} runs`)
      databases.push(await filled(server.url, bench.folder, count))
    }
    await configure(server.url, 'alter system reset max_wal_size')
    const [small, large] = databases
    if (small === undefined || large === undefined) throw new Error('no databases')
    const { rows } = await small.db.raw('show server_version')
    const timed = await timeAll(bench, small, large)
    return { ...evaluate(timed), postgres: rows[0].server_version, rounds: timed }
  } finally {
    for (const database of databases) await database.close()
    await server.stop()
  }
}

async function configure(adminUrl: string, statement: string): Promise<void> {
  await onConnection(adminUrl, async client => {
    await client.query(statement)
    await client.query('select pg_reload_conf()')
    await client.query('checkpoint')
  })
}

async function filled(adminUrl: string, folder: string, runs: number): Promise<Database> {
  const url = await createDatabase(adminUrl, `bench_${runs}`)
  await (await openDatabase({ url, folder, migrate: true })).close()
  const owner = connect(url, { poolSize: 2 })
  await seed(owner, runs)
  const [run] = await owner('runs')
    .orderBy('created_at')
    .offset(runs / 2)
    .limit(1)
  const [delivery] = await owner('deliveries').orderBy('sequence').offset(runs).limit(1)
  await owner.destroy()
  const db = connect(url, { role: 'stagewright_app', poolSize: 20 })
  return {
    db,
    store: postgresStore(db),
    inbox: postgresInbox(db),
    middle: { run: run.id, delivery: delivery.id },
    close: () => db.destroy()
  }
}

interface Timed {
  readonly operation: Pick<Operation, 'figure' | 'name'>
  readonly small: readonly number[]
  readonly large: readonly number[]
}

async function timeAll(bench: Bench, small: Database, large: Database): Promise<readonly Timed[]> {
  const timed: Timed[] = []
  for (const operation of OPERATIONS) {
    bench.say(operation.name)
    const milliseconds = { small: [] as number[], large: [] as number[] }
    for (let turn = -WARM_UP; turn < TIMES; turn += 1) {
      bench.signal.throwIfAborted()
      // A-B-B-A, so that what changes on the machine meanwhile meets both alike.
      const order = [['small', small] as const, ['large', large] as const]
      for (const [size, database] of turn % 2 === 0 ? order : order.toReversed()) {
        const took = await time(operation, database)
        if (turn >= 0) milliseconds[size].push(took)
      }
    }
    timed.push({ operation: { figure: operation.figure, name: operation.name }, ...milliseconds })
  }
  return timed
}

async function time(operation: Operation, place: Place): Promise<number> {
  const act = await operation.prepare(place)
  const began = performance.now()
  await act()
  const took = performance.now() - began
  await operation.settle?.(place)
  return took
}

function evaluate(timed: readonly Timed[]): Pick<Measured, 'figures' | 'details'> {
  const ratio = (one: Timed) => median(one.large) / median(one.small)
  return {
    figures: FIGURES.map(name => {
      const ratios = timed.filter(one => one.operation.figure === name).map(ratio)
      return atMost(name, Math.max(...ratios), { unit: 'x', goal: 1.3 })
    }),
    details: timed.map(one => ({
      operation: one.operation.name,
      figure: one.operation.figure,
      small_ms: rounded(median(one.small)),
      large_ms: rounded(median(one.large)),
      ratio: rounded(ratio(one))
    }))
  }
}
