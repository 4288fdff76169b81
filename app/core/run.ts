import type { AgentChoice } from './attempt.ts'
import type { Trigger } from './command.ts'
import type { StageResult } from './result.ts'
import type { RunKind, StageName } from './stage.ts'

export const RUN_STATES = [
  'pending',
  'running',
  'waiting_owner_review',
  'waiting_mcp',
  'waiting_backpressure',
  'succeeded',
  'failed',
  'canceled',
  'timed_out'
] as const
export type RunState = (typeof RUN_STATES)[number]

export const FINAL_STATES = ['succeeded', 'failed', 'canceled', 'timed_out'] as const
export type FinalState = (typeof FINAL_STATES)[number]

/** Active = any state that is not final, waits included (decisions 6). */
export function isFinal(state: RunState): state is FinalState {
  return (FINAL_STATES as readonly string[]).includes(state)
}

/** Where a running run is; each step is entered once per attempt and left only forward. */
export type RunPhase = 'created' | 'preparing' | 'agent' | 'checking' | 'publishing' | 'finished'

/** Why a run failed; the same word stands in the comment, the check run, the log and the audit. */
export const FAILURE_REASONS = [
  'agent_failed',
  'agent_missing',
  'place_failed',
  'not_isolated',
  'attempt_lost',
  'scope_violation',
  'secret_found',
  'bundle_invalid',
  'too_large',
  'branch_taken',
  'base_missing',
  'pr_not_found',
  'publish_failed'
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

/** A piece of text that a person with rights let in, as it was at the trigger (decisions 10b). */
export interface TrustedText {
  readonly author: string
  readonly at: string
  readonly body: string
  /** `path:line` for a review's line comment. */
  readonly place: string | null
}

/** What a run was asked for: frozen when it was triggered. */
export interface RunRequest {
  readonly trigger: Trigger
  readonly issue: {
    readonly number: number
    readonly title: string
    readonly body: string
    readonly author: string
    readonly url: string
  }
  readonly comments: readonly TrustedText[]
  /** Comments left out because their authors are not trusted or they were edited after the trigger. */
  readonly commentsLeftOut: number
  /** Review texts and line comments that a revise must answer. */
  readonly review: readonly TrustedText[]
  /** Text behind `/revise` or `/run dev`. */
  readonly instruction: string
  /** The model that a label asked for and this platform does not permit; absent in runs of older versions. */
  readonly refusedModel?: string | null
}

/** A changes-requested review that arrived during an active run and becomes its next revise (decisions 6). */
export interface KeptReview {
  readonly trigger: Trigger
  readonly review: readonly TrustedText[]
}

export interface Run {
  readonly id: string
  readonly projectId: string
  readonly repositoryId: string
  readonly issueNumber: number
  readonly stage: StageName
  readonly kind: RunKind
  readonly locale: Locale
  readonly triggerKey: string
  readonly triggerLabel: string | null
  readonly correlationId: string
  readonly actor: string
  readonly request: RunRequest
  readonly parentId: string | null
  readonly nextRevise: readonly KeptReview[]
  readonly state: RunState
  readonly phase: RunPhase
  readonly reason: string | null
  /** A sentence or list for people that goes with the reason. */
  readonly detail: string | null
  readonly cancelBy: string | null
  readonly cancelReason: string | null
  readonly agent: AgentChoice
  readonly executor: string
  readonly branch: string
  readonly baseRef: string | null
  readonly baseSha: string | null
  /** Head of the default branch when the run was made: where its first check run stands. */
  readonly anchorSha: string | null
  /** What the platform pushed. */
  readonly headSha: string | null
  readonly pullRequest: number | null
  readonly prompt: string | null
  readonly attempt: number
  /** How often a person asked for another attempt. */
  readonly retries: number
  readonly result: StageResult | null
  readonly leaseOwner: string | null
  readonly leaseExpired: boolean
  /** Since the worker that holds it took it. */
  readonly heldSeconds: number
  readonly fence: number
  readonly timeoutSeconds: number
  readonly deadlineAt: string | null
  readonly statusCommentId: number | null
  readonly checkRunId: number | null
  readonly checkRunSha: string | null
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

export const LOCALES = ['en', 'ru'] as const
export type Locale = (typeof LOCALES)[number]

/** Branch of an issue; all its stages continue on it (decisions 12). */
export function branchOf(issue: number): string {
  return `stagewright/issue-${issue}`
}
