import { attemptId } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import { fullName } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'
import { assemblePrompt } from '#app/prompts/assemble.ts'
import { failRun } from './fail-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'
import { allowToken } from './start-attempt.ts'
import { askForCheckRun } from './start-run.ts'

interface Base {
  readonly ref: string
  readonly sha: string
  readonly pullRequest: number | null
}

/** Fixes what the next attempt works on: base commit, prompt, attempt number, token, deadline. */
export async function prepareRun(world: RunWorld, run: Run): Promise<Step> {
  const repository = await repositoryOf(world, run)
  const base = await findBase(world, repository, run)
  if (base === null)
    return failRun(world, run, 'base_missing', `branch ${repository.defaultBranch} has no commit`)
  if (run.kind === 'revise' && base.pullRequest === null)
    return failRun(world, run, 'pr_not_found', null)
  const stage = world.stages[run.stage]
  if (stage === undefined)
    return failRun(world, run, 'place_failed', `stage ${run.stage} is switched off`)
  const before = run.kind === 'revise' ? await lastResult(world, run) : null
  const prompt = assemblePrompt({
    run,
    stage,
    repository: {
      fullName: fullName(repository),
      defaultBranch: repository.defaultBranch,
      baseSha: base.sha
    },
    protectedPaths: repository.protectedPaths ?? world.settings.protectedPaths,
    parentSummary: before?.result?.summary ?? null
  })
  const number = run.attempt + 1
  const token = world.ids.token()
  const changed = await world.store.transaction(async tables => {
    const next = await tables.runs.change(run.id, run.fence, {
      phase: 'preparing',
      attempt: number,
      baseRef: base.ref,
      baseSha: base.sha,
      pullRequest: base.pullRequest ?? run.pullRequest,
      headSha: null,
      prompt: prompt.text,
      promptSource: prompt.source,
      deadlineInSeconds: run.timeoutSeconds
    })
    await tables.attempts.insert({
      id: attemptId(run.id, number),
      runId: run.id,
      number,
      executor: run.executor,
      machine: world.settings.machine
    })
    await allowToken(tables, attemptId(run.id, number), { token, seconds: run.timeoutSeconds })
    await tables.runEvents.add(run.id, 'run.preparing', {
      attempt: number,
      base: base.sha,
      ref: base.ref
    })
    if (number === 1) {
      await tables.audit.add({
        correlationId: run.correlationId,
        type: 'run.started',
        actorType: 'human',
        actor: run.actor,
        reason: null,
        projectId: run.projectId,
        repositoryId: run.repositoryId,
        issueNumber: run.issueNumber,
        runId: run.id,
        payload: { prompt: prompt.source, agent: run.agent.name, executor: run.executor }
      })
    }
    await askForCheckRun(tables, run)
    return next
  })
  return { run: changed, again: true, token }
}

/** The run that a revise builds on: a parent that failed or was canceled has handed nothing back. */
function lastResult(world: Pick<RunWorld, 'store'>, run: Run): Promise<Run | null> {
  const { repositoryId, issueNumber: issue, stage } = run
  return world.store.transaction(({ runLists }) =>
    runLists.lastResult(repositoryId, { issue, stage })
  )
}

export async function repositoryOf(world: Pick<RunWorld, 'store'>, run: Run): Promise<Repository> {
  const repository = await world.store.transaction(({ projects }) =>
    projects.repositoryById(run.repositoryId)
  )
  if (repository === null)
    throw new AppError('NOT_FOUND', `looking up the repository of run ${run.id}`)
  return repository
}

/** An open pull request is continued at its head; else work starts from the default branch's head (decisions 12). */
async function findBase(world: RunWorld, repository: Repository, run: Run): Promise<Base | null> {
  const [open, sha] = await Promise.all([
    world.github.openPullRequest(repository, run.branch),
    world.github.head(repository, repository.defaultBranch)
  ])
  if (open !== null)
    return { ref: `refs/heads/${run.branch}`, sha: open.headSha, pullRequest: open.number }
  return sha === null
    ? null
    : { ref: `refs/heads/${repository.defaultBranch}`, sha, pullRequest: null }
}
