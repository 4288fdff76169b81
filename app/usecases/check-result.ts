import type { RunnerReport } from '#app/core/attempt.ts'
import { attemptId } from '#app/core/attempt.ts'
import { LANES } from '#app/core/effect.ts'
import { hasCode } from '#app/core/errors.ts'
import { decideGate, PUSH_LIMITS } from '#app/core/policy/gate.ts'
import { checkWriteScope } from '#app/core/policy/write-scope.ts'
import type { Repository } from '#app/core/project.ts'
import { readResult, type StageResult } from '#app/core/result.ts'
import type { Run } from '#app/core/run.ts'
import type { BundleFacts } from '#app/ports/gate.ts'
import { failRun } from './fail-run.ts'
import { finishRun } from './finish-run.ts'
import { repositoryOf } from './prepare-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'
import { askForCheckRun } from './start-run.ts'

/** The gate between what an agent made and what the platform publishes (charter promise 4). */
export async function checkResult(world: RunWorld, run: Run): Promise<Step> {
  const id = attemptId(run.id, run.attempt)
  const attempt = await world.store.transaction(({ attempts }) => attempts.load(id))
  const report = attempt?.report ?? null
  if (report === null) return failRun(world, run, 'attempt_lost', 'its report is not recorded')
  if (run.cancelBy !== null || report.outcome === 'stopped') return endStopped(world, run)
  const { result, problem } = readResult(report.report, world.redactor.redact(report.lastLines))
  if (problem !== null) {
    await world.store.transaction(({ runEvents }) =>
      runEvents.add(run.id, 'result.unreadable', { problem })
    )
  }
  if (report.outcome === 'place_failed')
    return failRun(world, run, 'place_failed', report.message, result)
  if (report.outcome === 'agent_failed')
    return failRun(world, run, 'agent_failed', describeExit(report), result)
  if (attempt?.hasBundle !== true) return endUnchanged(world, run, result)
  return gate(world, run, { report, result })
}

function describeExit(report: RunnerReport): string {
  if (report.message !== null) return report.message
  return report.signal === null
    ? `exit code ${report.exitCode}`
    : `ended by signal ${report.signal}`
}

async function endStopped(world: RunWorld, run: Run): Promise<Step> {
  const state = run.cancelBy === null ? 'timed_out' : 'canceled'
  const ended = await world.store.transaction(tables =>
    finishRun(world, tables, run, { state, reason: null, detail: null }, run.fence)
  )
  return { run: ended, again: false }
}

/** No commit came back: that is said, and no pull request is opened. */
async function endUnchanged(world: RunWorld, run: Run, result: StageResult): Promise<Step> {
  const ended = await world.store.transaction(tables =>
    finishRun(
      world,
      tables,
      run,
      { state: 'succeeded', reason: 'no_changes', detail: null, result },
      run.fence
    )
  )
  return { run: ended, again: false }
}

async function gate(
  world: RunWorld,
  run: Run,
  input: { readonly report: RunnerReport; readonly result: StageResult }
): Promise<Step> {
  const { result } = input
  const repository = await repositoryOf(world, run)
  let facts: BundleFacts
  try {
    facts = await takeIn(world, repository, run)
  } catch (error) {
    if (hasCode(error, 'BUNDLE_INVALID')) {
      return failRun(
        world,
        run,
        'bundle_invalid',
        error instanceof Error ? error.message : null,
        result
      )
    }
    throw error
  }
  const stage = world.stages[run.stage]
  if (stage === undefined)
    return failRun(world, run, 'place_failed', `stage ${run.stage} is switched off`, result)
  if (bringsNothing(run, facts)) return endUnchanged(world, run, result)
  const violations = checkWriteScope(
    stage.writeScope,
    repository.protectedPaths ?? world.settings.protectedPaths,
    facts.changes
  )
  const pushed = await world.git.readPushed(repository, {
    run: run.id,
    headSha: facts.headSha,
    maxBytes: world.settings.gate.fileBytes,
    maxCount: PUSH_LIMITS.count,
    maxTotalBytes: PUSH_LIMITS.bytes
  })
  const findings = await world.scanner.scan(pushed.texts)
  const verdict = decideGate({
    changes: facts.changes,
    pushed,
    violations,
    findings,
    limits: world.settings.gate
  })
  if ('reason' in verdict) return failRun(world, run, verdict.reason, verdict.detail, result)
  const changed = await world.store.transaction(async tables => {
    const next = await tables.runs.change(run.id, run.fence, {
      phase: 'publishing',
      result,
      headSha: facts.headSha
    })
    await tables.runEvents.add(run.id, 'gate.passed', {
      files: facts.changes.length,
      commits: facts.commits,
      head: facts.headSha
    })
    await tables.effects.add({
      key: pushKey(run),
      effect: { kind: 'push-branch', run: run.id, attempt: run.attempt },
      lane: LANES.gate,
      run: run.id,
      correlationId: run.correlationId
    })
    await askForCheckRun(tables, run)
    return next
  })
  return { run: changed, again: false }
}

/** A merge of the default branch is worth a push where a pull request is open, though nothing in it is the run's. */
function bringsNothing(run: Run, facts: BundleFacts): boolean {
  if (facts.commits === 0) return true
  const continues = run.baseRef === `refs/heads/${run.branch}`
  return facts.changes.length === 0 && !(continues && facts.fromDefault > 0)
}

/** Takes the stored bundle into our own bare repository. Idempotent. */
export async function takeIn(
  world: Pick<RunWorld, 'store' | 'git'>,
  repository: Repository,
  run: Run
): ReturnType<RunWorld['git']['takeIn']> {
  const bundle = await world.store.transaction(({ attemptLists }) =>
    attemptLists.bundle(attemptId(run.id, run.attempt))
  )
  return world.git.takeIn(repository, {
    bundle: bundle?.data ?? Buffer.alloc(0),
    baseRef: run.baseRef ?? `refs/heads/${repository.defaultBranch}`,
    baseSha: run.baseSha ?? '',
    defaultRef: `refs/heads/${repository.defaultBranch}`,
    branch: run.branch,
    run: run.id
  })
}

export function pushKey(run: Pick<Run, 'id' | 'attempt'>): string {
  return `push:${run.id}:a${run.attempt}`
}
