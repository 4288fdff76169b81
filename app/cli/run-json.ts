/** A run as `--json` shows it: flat, with links, without the prompt. */
import { fullName, type Repository } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'

export interface RunJson {
  readonly id: string
  readonly repository: string
  readonly issue: { readonly number: number; readonly title: string; readonly url: string }
  readonly stage: string
  readonly kind: string
  readonly state: string
  readonly phase: string
  readonly reason: string | null
  readonly detail: string | null
  readonly actor: string
  readonly agent: string
  readonly attempt: number
  readonly branch: string
  readonly baseSha: string | null
  readonly headSha: string | null
  readonly pullRequest: { readonly number: number; readonly url: string } | null
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

export function runJson(run: Run, repository: Repository): RunJson {
  const { number, title, url } = run.request.issue
  return {
    id: run.id,
    repository: fullName(repository),
    issue: { number, title, url },
    stage: run.stage,
    kind: run.kind,
    state: run.state,
    phase: run.phase,
    reason: run.reason,
    detail: run.detail,
    actor: run.actor,
    agent: run.agent.name,
    attempt: run.attempt,
    branch: run.branch,
    baseSha: run.baseSha,
    headSha: run.headSha,
    pullRequest: pullRequestOf(run),
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt
  }
}

function pullRequestOf(run: Run): RunJson['pullRequest'] {
  if (run.pullRequest === null) return null
  const url = run.request.issue.url.replace(/\/(issues|pull)\/\d+$/, `/pull/${run.pullRequest}`)
  return { number: run.pullRequest, url }
}
