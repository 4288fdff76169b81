/** A row of `runs`, and the Run it stands for. */
import type { Run } from '#app/core/run.ts'
import { iso, isoOrNull } from './query.ts'

export interface RunRow {
  readonly id: string
  readonly project_id: string
  readonly repository_id: string
  readonly issue_number: number
  readonly stage: Run['stage']
  readonly kind: Run['kind']
  readonly locale: Run['locale']
  readonly trigger_key: string
  readonly trigger_label: string | null
  readonly correlation_id: string
  readonly actor: string
  readonly request: Run['request']
  readonly parent_id: string | null
  readonly next_revise: Run['nextRevise']
  readonly state: Run['state']
  readonly phase: Run['phase']
  readonly reason: string | null
  readonly detail: string | null
  readonly cancel_by: string | null
  readonly cancel_reason: string | null
  readonly agent: Run['agent']
  readonly executor: string
  readonly branch: string
  readonly base_ref: string | null
  readonly base_sha: string | null
  readonly anchor_sha: string | null
  readonly head_sha: string | null
  readonly pull_request: number | null
  readonly prompt: string | null
  readonly attempt: number
  readonly retries: number
  readonly result: Run['result']
  readonly lease_owner: string | null
  readonly lease_expired: boolean
  readonly held_seconds: number
  readonly fence: number
  readonly timeout_seconds: number
  readonly deadline_at: Date | null
  readonly status_comment_id: number | null
  readonly check_run_id: number | null
  readonly check_run_sha: string | null
  readonly created_at: Date
  readonly started_at: Date | null
  readonly finished_at: Date | null
}

/** Columns of a RunRow; of a statement that names the table `runs`. */
export const RUN_COLUMNS = `
  runs.id, runs.project_id, runs.repository_id, runs.issue_number, runs.stage, runs.kind,
  runs.locale, runs.trigger_key, runs.trigger_label, runs.correlation_id, runs.actor, runs.request,
  runs.parent_id, runs.next_revise, runs.state, runs.phase, runs.reason, runs.detail,
  runs.cancel_by, runs.cancel_reason, runs.agent, runs.executor, runs.branch, runs.base_ref,
  runs.base_sha, runs.anchor_sha, runs.head_sha, runs.pull_request, runs.prompt, runs.attempt, runs.retries,
  runs.result, runs.lease_owner, coalesce(runs.lease_until < now(), true) as lease_expired,
  coalesce(extract(epoch from now() - runs.lease_taken_at), 0)::float8 as held_seconds,
  runs.fence, runs.timeout_seconds, runs.deadline_at, runs.status_comment_id, runs.check_run_id,
  runs.check_run_sha, runs.created_at, runs.started_at, runs.finished_at`

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    projectId: row.project_id,
    repositoryId: row.repository_id,
    issueNumber: row.issue_number,
    stage: row.stage,
    kind: row.kind,
    locale: row.locale,
    triggerKey: row.trigger_key,
    triggerLabel: row.trigger_label,
    correlationId: row.correlation_id,
    actor: row.actor,
    request: row.request,
    parentId: row.parent_id,
    nextRevise: row.next_revise,
    state: row.state,
    phase: row.phase,
    reason: row.reason,
    detail: row.detail,
    cancelBy: row.cancel_by,
    cancelReason: row.cancel_reason,
    agent: row.agent,
    executor: row.executor,
    branch: row.branch,
    baseRef: row.base_ref,
    baseSha: row.base_sha,
    anchorSha: row.anchor_sha,
    headSha: row.head_sha,
    pullRequest: row.pull_request,
    prompt: row.prompt,
    attempt: row.attempt,
    retries: row.retries,
    result: row.result,
    leaseOwner: row.lease_owner,
    leaseExpired: row.lease_expired,
    heldSeconds: row.held_seconds,
    fence: row.fence,
    timeoutSeconds: row.timeout_seconds,
    deadlineAt: isoOrNull(row.deadline_at),
    statusCommentId: row.status_comment_id,
    checkRunId: row.check_run_id,
    checkRunSha: row.check_run_sha,
    createdAt: iso(row.created_at),
    startedAt: isoOrNull(row.started_at),
    finishedAt: isoOrNull(row.finished_at)
  }
}
