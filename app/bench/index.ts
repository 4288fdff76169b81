/** `npm run bench -- NAME`: the figures the product promises, measured on this machine. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { type Io, type JsonOption, print, printJson, reportError, say } from '#app/cli/io.ts'
import { stopSignal } from '#app/cli/stop-signal.ts'
import type { Benchmark, Measured } from './benchmark.ts'
import { growth } from './growth.ts'
import { ingest } from './ingest.ts'
import { holds, loadNow, machineOf, report, resultOf } from './report.ts'
import { start } from './start.ts'

const BENCHMARKS = { ingest, start, growth } as const satisfies Readonly<Record<string, Benchmark>>

interface Options extends JsonOption {
  readonly out?: string
}

async function main(args: readonly string[], io: Io): Promise<number> {
  let belowFloor = false
  const program = new Command('bench')
    .description(
      'Measures what the product promises, on this machine. Stops and cleans up at Ctrl-C.'
    )
    .exitOverride()
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText(
      'after',
      `
Exit codes: 0 every floor holds, 1 one does not or the measurement failed, 2 wrong usage.
docs/reference/performance.md says what is measured and how to repeat it.

Examples:
  $ npm run bench -- ingest
  $ npm run bench -- growth --json --out growth.json`
    )
  for (const [name, benchmark] of Object.entries<Benchmark>(BENCHMARKS)) {
    const command = program
      .command(name)
      .summary(benchmark.summary)
      .description(benchmark.description)
      .option('--json', 'print one JSON object as the last line')
      .option('--out <file>', 'write every single round to this file, as JSON')
      .action(async (options: Options) => {
        belowFloor = !(await run(io, name, benchmark, options))
      })
    for (const option of benchmark.options ?? []) command.addOption(option)
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return belowFloor ? 1 : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    // The name of a signal: what was aborted throws its reason.
    if (typeof error !== 'string') return reportError(io, error, args.includes('--json'))
    say(io, `stopped by ${error}; nothing is left behind`)
    return 1
  }
}

/** True when every floor holds. */
async function run(io: Io, name: string, benchmark: Benchmark, options: Options): Promise<boolean> {
  const loadBefore = loadNow()
  const measured = await measure(io, name, benchmark, options)
  const machine = machineOf(measured.postgres, loadBefore)
  const result = resultOf(name, measured, machine)
  if (options.out !== undefined) {
    await writeFile(options.out, JSON.stringify({ ...result, rounds: measured.rounds }, null, 2))
  }
  if (options.json === true) printJson(io, result)
  else print(io, report(name, measured, machine))
  return measured.figures.every(holds)
}

async function measure(
  io: Io,
  name: string,
  benchmark: Benchmark,
  options: Options
): Promise<Measured> {
  const startedAt = performance.now()
  const tell = (text: string): void => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    say(io, `${seconds.padStart(6)} s  ${text}`)
  }
  const stop = stopSignal(() => process.exit(1))
  const folder = await mkdtemp(join(tmpdir(), `stagewright-bench-${name}-`))
  await chmod(folder, 0o711)
  try {
    const bench = { folder, env: io.env, signal: stop.signal, options: { ...options }, say: tell }
    return await benchmark.measure(bench)
  } finally {
    await rm(folder, { recursive: true, force: true })
    stop.release()
  }
}

const { env, stdout, stderr } = process
process.exitCode = await main(process.argv.slice(2), { env, stdout, stderr })
