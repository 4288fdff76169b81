/** Where the sandbox leaves GitHub's description on purpose. The run of its tests prints this table. */

export interface Deviation {
  /** `METHOD /path` of the description. */
  readonly operation: string
  /** Fits `where: message` of what is let through. */
  readonly finding: RegExp
  readonly reason: string
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    operation: 'GET /repos/{owner}/{repo}/pulls',
    finding: /^200 \/\*\/labels\/\*\/description: must be string, it is null/,
    reason:
      'a label without a description has null, as in the schema of one pull request; the list says string'
  },
  {
    operation: 'GET /app/installations',
    finding: /^200 \/\*\/account/,
    reason:
      'the package says that an account is a user and an enterprise at once (allOf); the schema of one installation says either'
  },
  {
    operation: 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
    finding: /^request: must (be object|match a schema in anyOf)/,
    reason: 'a bare list of labels is taken: the description says so in words, its schema does not'
  }
]
