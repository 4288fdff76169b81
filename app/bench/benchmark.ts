/** What a benchmark is, and what it gets to work with. One file per benchmark; `index.ts` names them. */
import type { Option } from 'commander'
import type { Figure } from './report.ts'

export interface Benchmark {
  /** One line for `--help`. */
  readonly summary: string
  /** What is measured against what, how, and how long it takes. */
  readonly description: string
  /** Its own options, beside `--json` and `--out`; their values come in `Bench.options`. */
  readonly options?: readonly Option[]
  /** Measures once. Ends early with the signal's reason when it is aborted; leaves nothing running. */
  measure(bench: Bench): Promise<Measured>
}

export interface Bench {
  /** A fresh folder that others may pass (Postgres has an account of its own); removed at the end. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly options: Readonly<Record<string, unknown>>
  /** What it is doing, for the person who waits; to stderr. */
  say(text: string): void
}

export type Detail = Readonly<Record<string, string | number>>

export interface Measured {
  /** Those with a goal. */
  readonly figures: readonly Figure[]
  /** What stands behind the figures, one row each: subjects, sizes, steps. All rows have the same keys. */
  readonly details: readonly Detail[]
  /** `server_version` of the Postgres it ran on. */
  readonly postgres: string
  /** Every single round, for `--out`. */
  readonly rounds: readonly unknown[]
}
