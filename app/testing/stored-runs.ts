/** Rows that tests of the store begin with. */
import type { RepositoryRef } from '#app/core/event.ts'
import type { NewRun } from '#app/ports/runs.ts'
import type { Store } from '#app/ports/store.ts'

export const REPOSITORY: RepositoryRef = {
  providerId: 4711,
  owner: 'octo',
  name: 'app',
  defaultBranch: 'main',
  installationId: 99
}

let made = 0

/** A run that fits the schema; its id, issue and trigger are new at every call. */
export function newRun(changes: Partial<NewRun> & Pick<NewRun, 'repositoryId'>): NewRun {
  made += 1
  const id = changes.id ?? `run${made}`
  const issueNumber = changes.issueNumber ?? made
  const triggerKey = changes.triggerKey ?? `trigger-${made}`
  return {
    id,
    projectId: 'default',
    issueNumber,
    stage: 'dev',
    kind: 'work',
    locale: 'en',
    triggerKey,
    triggerLabel: 'run:dev',
    correlationId: `delivery-${made}`,
    actor: 'ada',
    request: {
      trigger: {
        channel: 'label',
        key: triggerKey,
        correlationId: `delivery-${made}`,
        actor: 'ada',
        thread: issueNumber,
        label: 'run:dev',
        commentId: null,
        reviewId: null,
        at: '2026-01-02T03:04:05.000Z'
      },
      issue: { number: issueNumber, title: 'Add a door', body: '', author: 'ada', url: '' },
      comments: [],
      commentsLeftOut: 0,
      review: [],
      instruction: ''
    },
    parentId: null,
    agent: { name: 'command', command: ['true'], model: null, reasoning: null },
    executor: 'scripted',
    branch: `stagewright/issue-${issueNumber}`,
    pullRequest: null,
    timeoutSeconds: 60,
    ...changes
  }
}

/** Stores the repository and a pending run of it; returns the run's id. */
export async function storedRun(store: Store, changes: Partial<NewRun> = {}): Promise<string> {
  return store.transaction(async ({ projects, runs }) => {
    const repositoryId = changes.repositoryId ?? (await projects.repository(REPOSITORY)).id
    const run = newRun({ ...changes, repositoryId })
    const outcome = await runs.insert(run)
    if (outcome !== 'created') throw new Error(`run ${run.id} was not created: ${outcome}`)
    return run.id
  })
}
