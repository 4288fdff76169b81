import { type Finding, ok, warn } from './finding.ts'

/** What a workflow file of a repository says, as far as it matters here. */
export interface WorkflowFacts {
  readonly path: string
  /** It runs on a push to a branch of ours. */
  readonly onPush: boolean
  /** It runs on a pull request from a branch of ours. */
  readonly onPullRequest: boolean
  /** Names of secrets it uses (`inherit` for all), without the token of the job itself. */
  readonly secrets: readonly string[]
  /** Set when the file could not be read as a workflow; it is then named, not judged. */
  readonly unreadable: string | null
}

/**
 * A workflow that runs on our branches runs what an agent changed (a test, a script of the package),
 * and with secrets in its environment the agent's change can read them. We push to branches of the
 * repository itself, so GitHub's guard for pull requests from forks does not hold (GitHub docs:
 * "Security hardening for GitHub Actions").
 */
export function workflowFindings(
  repository: { readonly fullName: string; readonly url: string },
  workflows: readonly WorkflowFacts[]
): readonly Finding[] {
  const check = `workflows.${repository.fullName}`
  const open = workflows.filter(one => one.secrets.length > 0 && (one.onPush || one.onPullRequest))
  const unread = workflows.filter(one => one.unreadable !== null)
  const findings = [
    ...open.map(one => exposed(check, repository, one)),
    ...unread.map(one =>
      warn(check, `${one.path} cannot be read: ${one.unreadable}`, 'correct the file')
    )
  ]
  if (findings.length > 0) return findings
  return [ok(check, 'none runs on our branches with secrets')]
}

function exposed(
  check: string,
  repository: { readonly url: string },
  workflow: WorkflowFacts
): Finding {
  const events = [
    ...(workflow.onPush ? ['push'] : []),
    ...(workflow.onPullRequest ? ['pull_request'] : [])
  ].join(' and ')
  const what = `${workflow.path} runs on ${events} of our branches with ${workflow.secrets.join(', ')}: a change by an agent could read them`
  const push = workflow.onPush ? "add branches-ignore: ['stagewright/**'] to its push trigger" : ''
  const pull = workflow.onPullRequest
    ? "give its jobs with secrets the whole condition `if: startsWith(github.head_ref, 'stagewright/') == false`, or an environment that needs a review"
    : ''
  const fix = [push, pull].filter(part => part !== '').join('; and ')
  return warn(check, what, fix, `${repository.url}/actions`)
}
