/** What the demo found out, as `--json` prints it. */

/** Everything in it was measured. */
export interface StoryOutcome {
  readonly agent: string
  readonly issue: number
  readonly issueUrl: string
  readonly runs: { readonly work: string; readonly revise: string }
  readonly pullRequest: {
    readonly number: number
    readonly url: string
    readonly files: readonly string[]
  }
  readonly checkRun: { readonly conclusion: string | null }
  readonly tests: {
    readonly failedBefore: number
    readonly failedAfter: number
    readonly passed: number
  }
  readonly statusComments: number
  readonly revise: {
    readonly samePullRequest: boolean
    readonly commits: number
    readonly files: readonly string[]
    readonly checkRun: { readonly conclusion: string | null }
    readonly sessionResumed: boolean
  }
  readonly labelToAgentMs: number
  readonly labelToPullRequestMs: number
  readonly reviewToUpdateMs: number
}
