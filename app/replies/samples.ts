/** Runs in every state, for the samples of replies about a run. */

import { StageResult } from '#app/core/result.ts'
import type { Run } from '#app/core/run.ts'
import type { RunView } from '#app/core/run-view.ts'

const started: Run = {
  id: 'k3v9q2m7x4ab',
  projectId: '8f6d2a5e-6b1f-4f7e-9a52-0d8f1c2b3a4d',
  repositoryId: '1d2c3b4a-5e6f-4a1b-8c9d-0e1f2a3b4c5d',
  issueNumber: 7,
  stage: 'dev',
  kind: 'work',
  locale: 'en',
  triggerKey: 'label:7:run:dev:2026-03-02T14:00:00Z',
  triggerLabel: 'run:dev',
  correlationId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  actor: 'alice',
  request: {
    trigger: {
      channel: 'label',
      key: 'label:7:run:dev:2026-03-02T14:00:00Z',
      correlationId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      actor: 'alice',
      thread: 7,
      label: 'run:dev',
      commentId: null,
      reviewId: null,
      at: '2026-03-02T14:00:00Z'
    },
    issue: {
      number: 7,
      title: 'sum() ignores negative numbers',
      body: 'sum([-1, 2]) → 2',
      author: 'alice',
      url: 'https://github.com/acme/calc/issues/7'
    },
    comments: [],
    commentsLeftOut: 0,
    review: [],
    instruction: ''
  },
  parentId: null,
  nextRevise: [],
  state: 'running',
  phase: 'agent',
  reason: null,
  detail: null,
  cancelBy: null,
  cancelReason: null,
  agent: { name: 'codex', command: ['codex'], model: 'gpt-5', reasoning: 'high' },
  executor: 'local',
  branch: 'stagewright/issue-7',
  baseRef: 'refs/heads/main',
  baseSha: '5c0e2b1f7a9d4c3e8b6f0a1d2c3e4f5a6b7c8d9e',
  anchorSha: '5c0e2b1f7a9d4c3e8b6f0a1d2c3e4f5a6b7c8d9e',
  headSha: null,
  pullRequest: null,
  prompt: null,
  attempt: 1,
  retries: 0,
  heldSeconds: 60,
  result: null,
  leaseOwner: null,
  leaseExpired: false,
  fence: 1,
  timeoutSeconds: 3600,
  deadlineAt: '2026-03-02T15:00:05Z',
  statusCommentId: null,
  checkRunId: null,
  checkRunSha: null,
  createdAt: '2026-03-02T14:00:00Z',
  startedAt: '2026-03-02T14:00:05Z',
  finishedAt: null
}

/** A run at work, with what differs. */
export function sampleRun(change: Partial<Run> = {}): Run {
  return { ...started, ...change }
}

/** The view of a run at work, with what differs. */
export function sampleView(run: Partial<Run> = {}, change: Partial<RunView> = {}): RunView {
  const shown = sampleRun(run)
  return {
    run: shown,
    repository: 'acme/calc',
    webUrl: null,
    pullRequestUrl:
      shown.pullRequest === null ? null : `https://github.com/acme/calc/pull/${shown.pullRequest}`,
    attempts: [
      { number: 1, startedAt: '2026-03-02T14:00:05Z', endedAt: shown.finishedAt, isolation: 'uid' }
    ],
    statuses: [],
    logTail: '$ npm test\n1 passing',
    sessionResumed: false,
    detailsUrl: null,
    now: '2026-03-02T14:03:17Z',
    ...change
  }
}

const finished = { phase: 'finished', finishedAt: '2026-03-02T14:04:00Z' } as const

/** A view of every state, and of what changes a text within one. */
export function sampleViews(): Readonly<Record<string, RunView>> {
  return {
    pending: sampleView(
      { state: 'pending', phase: 'created', attempt: 0, startedAt: null },
      { attempts: [], logTail: '' }
    ),
    'at work, not isolated': sampleView(
      {},
      {
        attempts: [
          { number: 1, startedAt: '2026-03-02T14:00:05Z', endedAt: null, isolation: 'none' }
        ],
        statuses: [{ text: 'npm test', at: '2026-03-02T14:02:00Z', times: 3 }]
      }
    ),
    'waiting for a limit': sampleView({ state: 'waiting_backpressure' }),
    'another model than the label asks for': sampleView({
      request: { ...started.request, refusedModel: 'gpt-9' }
    }),
    'being canceled': sampleView({ cancelBy: 'bob', cancelReason: 'comment' }),
    succeeded: sampleView({ ...finished, state: 'succeeded', pullRequest: 12 }),
    'nothing to change': sampleView({
      ...finished,
      state: 'succeeded',
      reason: 'no_changes',
      result: StageResult.parse({ summary: '`sum([-1, 2])` = `1`' })
    }),
    'outside of its scope': sampleView({
      ...finished,
      state: 'failed',
      reason: 'scope_violation',
      detail: '.github/workflows/ci.yml (protected)\nlink (link)\n+3'
    }),
    'failed on the second attempt': sampleView(
      { ...finished, state: 'failed', reason: 'agent_failed', detail: 'exit code 1', attempt: 2 },
      {
        attempts: [
          {
            number: 1,
            startedAt: '2026-03-02T14:00:05Z',
            endedAt: '2026-03-02T14:01:05Z',
            isolation: 'uid'
          },
          {
            number: 2,
            startedAt: '2026-03-02T14:02:05Z',
            endedAt: '2026-03-02T14:04:00Z',
            isolation: 'uid'
          }
        ]
      }
    ),
    canceled: sampleView({ ...finished, state: 'canceled', cancelBy: 'bob' }),
    'out of time': sampleView({ ...finished, state: 'timed_out' }),
    revise: sampleView(
      { ...finished, state: 'succeeded', kind: 'revise', pullRequest: 12 },
      { sessionResumed: true }
    )
  }
}
