import type { AgentRules } from './agent-choice.ts'
import type { AttemptLimits } from './attempt.ts'
import type { LabelNames } from './labels.ts'

/** Limits of what a run may hand back; sizes in bytes. */
export interface GateLimits {
  readonly changedFiles: number
  readonly changedBytes: number
  readonly fileBytes: number
}

/** What the rules and verbs need of the configuration. */
export interface Settings {
  readonly labels: LabelNames
  readonly agents: AgentRules
  readonly executor: string
  readonly protectedPaths: readonly string[]
  readonly gate: GateLimits
  readonly attempt: AttemptLimits
  /** How long deliveries are kept: their bodies, and the keys that make a second copy a duplicate. */
  readonly retention: { readonly payloadDays: number; readonly keyDays: number }
  /** Runs that may be running at once, over all projects and replicas. */
  readonly maxRuns: number
  /** Attempts that the platform starts by itself after an infrastructure cause; a person's retry adds to it. */
  readonly maxAttempts: number
  /** Identifies this machine: a local attempt is adopted only where it lives (decisions 26). */
  readonly machine: string
  /** Where runners on this machine find the app. */
  readonly appUrl: string
  /** Where people find the app; null while there is no such page. */
  readonly publicUrl: string | null
}
