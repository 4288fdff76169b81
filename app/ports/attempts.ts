import type { AttemptEnd, Isolation, RunnerReport } from '#app/core/attempt.ts'

export interface Attempt {
  readonly id: string
  readonly runId: string
  readonly number: number
  readonly executor: string
  /** The machine whose runner host holds it (decisions 26). */
  readonly machine: string
  readonly state: 'created' | 'started' | 'ended'
  readonly isolation: Isolation | null
  readonly claimed: boolean
  readonly heartbeatAgeSeconds: number | null
  readonly ageSeconds: number
  readonly stopReason: string | null
  /** Since it was asked to stop; null when it was not. */
  readonly stoppingSeconds: number | null
  readonly end: AttemptEnd | null
  readonly message: string | null
  readonly report: RunnerReport | null
  readonly hasBundle: boolean
  readonly cleaned: boolean
  readonly startedAt: string
  readonly endedAt: string | null
}

export interface Attempts {
  /** Adds the next attempt of a run; the token's SHA-256 and its life in seconds. */
  insert(attempt: {
    readonly id: string
    readonly runId: string
    readonly number: number
    readonly executor: string
    readonly machine: string
  }): Promise<void>
  load(id: string): Promise<Attempt | null>
  /** Stores a (new) token hash; the old one stops working. */
  setToken(id: string, hash: Buffer, lifeSeconds: number): Promise<void>
  change(
    id: string,
    change: {
      readonly state?: Attempt['state']
      readonly isolation?: Isolation
      readonly claimed?: true
      readonly heartbeat?: true
      readonly stopReason?: string
      readonly end?: AttemptEnd
      readonly message?: string | null
      readonly report?: RunnerReport
      readonly cleaned?: true
      readonly revokeToken?: true
      readonly dropBundle?: true
    }
  ): Promise<void>
  /** The attempt whose live, unrevoked token has this hash. */
  byToken(hash: Buffer): Promise<Attempt | null>
}

export interface AttemptLists {
  of(runId: string): Promise<readonly Attempt[]>
  /** Attempts of this machine that ended, or whose run is final, and are not cleaned up yet. */
  uncleaned(machine: string): Promise<readonly Attempt[]>
  putBundle(id: string, sha256: string, data: Buffer): Promise<void>
  bundle(id: string): Promise<{ readonly sha256: string; readonly data: Buffer } | null>
}
