/** One start of a run's runner: what an executor is told, and what passes between runner, app and launcher. */

/** `<run id>-a<number>`, for example `k3v9q2m7x4ab-a1`. */
export type AttemptId = string

export function attemptId(run: string, number: number): AttemptId {
  return `${run}-a${number}`
}

/** Which agent to start, and how. `command` is an argv: never passed through a shell. */
export interface AgentChoice {
  readonly name: string
  readonly command: readonly string[]
  readonly model: string | null
  readonly reasoning: string | null
}

/** What an executor needs to start an attempt; `token` goes to the runner and nowhere else. */
export interface AttemptSpec {
  readonly id: AttemptId
  readonly run: string
  readonly number: number
  /** Where the runner finds the app, for example `http://127.0.0.1:3000`. */
  readonly appUrl: string
  readonly token: string
  readonly agent: AgentChoice
  /** ISO time after which the executor ends the attempt by itself. */
  readonly deadlineAt: string
}

/** How well the agent's place is closed off from the machine it runs on. */
export type Isolation = 'uid' | 'none' | 'container'

/** Why an attempt ended, as the executor saw it. Only `lost` is an infrastructure cause. */
export type AttemptEnd = 'finished' | 'failed' | 'killed' | 'deadline' | 'lost'

/** The truth about an attempt now. `absent`: the executor knows nothing of it. */
export type AttemptState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'running'; readonly isolation: Isolation; readonly startedAt: string }
  | {
      readonly kind: 'ended'
      readonly isolation: Isolation
      readonly end: AttemptEnd
      readonly exitCode: number | null
      readonly message: string
    }

/** Largest sizes a runner may hand over, in bytes. */
export interface AttemptLimits {
  readonly logBytes: number
  readonly bundleBytes: number
  readonly sessionBytes: number
}

/** Answer to a runner's claim: all that the place of work may know. It holds no credential. */
export interface RunnerJob {
  readonly attempt: AttemptId
  readonly run: string
  readonly number: number
  /** `owner/name`, for messages only: the git path is fixed by the token. */
  readonly repository: string
  /** Branch the agent works on; it exists only locally until the platform pushes it. */
  readonly branch: string
  /** Commit the work starts from; the bundle must be based on it. */
  readonly baseSha: string
  /** Ref on the remote that contains `baseSha`, for example `refs/heads/main`. */
  readonly baseRef: string
  readonly agent: AgentChoice
  readonly prompt: string
  /** A saved session to restore before the start; null starts cold. */
  readonly session: { readonly id: string | null; readonly agent: string } | null
  readonly author: { readonly name: string; readonly email: string }
  /** Subject line for what the agent leaves uncommitted. */
  readonly commitSubject: string
  readonly limits: AttemptLimits
  readonly deadlineAt: string
  readonly heartbeatSeconds: number
}

/** Answer to a heartbeat: go on, or end the agent now and hand over what there is. */
export interface RunnerOrder {
  readonly order: 'continue' | 'stop'
  readonly reason: string | null
}

/** What happened at the agent's, in our words; `data` is small (<= 4 KiB as JSON). */
export interface RunnerEvent {
  readonly type:
    | 'place.ready'
    | 'session.restored'
    | 'session.saved'
    | 'agent.started'
    | 'agent.message'
    | 'agent.command'
    | 'agent.tool'
    | 'agent.tokens'
    | 'agent.ended'
    | 'bundle.made'
    | 'warning'
  readonly at: string
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

/** A numbered piece of the log; numbers start at 1 and have no gaps, so a cut resumes where it ended. */
export interface LogChunk {
  readonly seq: number
  readonly at: string
  readonly text: string
}

/** How the attempt ended, as launcher and runner saw it. The app parses `report` (decisions 24). */
export interface RunnerReport {
  readonly outcome: 'finished' | 'agent_failed' | 'stopped' | 'place_failed'
  /** The agent's exit code; null when it was ended by a signal or never started. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** One sentence for people when the outcome is not `finished`. */
  readonly message: string | null
  /** Raw text of the agent's result file; null when it wrote none. */
  readonly report: string | null
  /** The last lines the agent printed (<= 4 KiB), the summary when there is no report. */
  readonly lastLines: string
  /** Session id the agent named for its next start, if it has such a thing. */
  readonly sessionId: string | null
  readonly sessionResumed: boolean
  /** Head of the branch in the bundle; equals the base when nothing was changed. */
  readonly headSha: string | null
  readonly bundle: { readonly sha256: string; readonly bytes: number } | null
}
