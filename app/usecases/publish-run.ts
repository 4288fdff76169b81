import { LANES } from '#app/core/effect.ts'
import type { Run } from '#app/core/run.ts'
import { pushKey } from './check-result.ts'
import { failRun } from './fail-run.ts'
import { finishRun, type RunEnd } from './finish-run.ts'
import type { RunWorld, Step } from './reconcile-run.ts'

/** Waits for the push, then for the pull request, then ends the run. Effects do the writing. */
export async function publishRun(world: RunWorld, run: Run): Promise<Step> {
  const pullKey = `pull:${run.id}:a${run.attempt}`
  const { push, pull } = await world.store.transaction(async ({ effects }) => ({
    push: await effects.find(pushKey(run)),
    pull: await effects.find(pullKey)
  }))
  if (push === null) return failRun(world, run, 'publish_failed', 'its push was never asked for')
  if (push.state === 'failed') {
    const reason =
      push.error?.startsWith('BRANCH_TAKEN') === true ? 'branch_taken' : 'publish_failed'
    return failRun(world, run, reason, push.error, run.result ?? undefined)
  }
  if (push.state === 'waiting') {
    const given = giveUpPushing(world, run)
    if (given !== null) return end(world, run, given)
  }
  if (push.state !== 'done') return look(world, run)
  if (pull === null) return askForPullRequest(world, run, pullKey)
  if (pull.state === 'failed')
    return failRun(world, run, 'publish_failed', pull.error, run.result ?? undefined)
  if (pull.state !== 'done') return look(world, run)
  return succeed(world, run, Number(pull.result?.number))
}

/** GitHub may keep refusing for a day; the run need not: while its push waits it can be cancelled, and it has an end. */
const PUBLISH_SECONDS = 1800

function giveUpPushing(world: RunWorld, run: Run): RunEnd | null {
  if (run.cancelBy !== null) return { state: 'canceled', reason: null, detail: null }
  const late =
    run.deadlineAt === null ? 0 : world.clock.now().getTime() - Date.parse(run.deadlineAt)
  if (late < PUBLISH_SECONDS * 1000) return null
  return { state: 'failed', reason: 'publish_failed', detail: 'GitHub did not take the push' }
}

/** The push that still waits finds the run moved on and does nothing. */
async function end(world: RunWorld, run: Run, how: RunEnd): Promise<Step> {
  const ended = await world.store.transaction(tables =>
    finishRun(world, tables, run, how, run.fence)
  )
  return { run: ended, again: false }
}

async function look(world: RunWorld, run: Run): Promise<Step> {
  const changed = await world.store.transaction(({ runs }) =>
    runs.change(run.id, run.fence, { nextCheckInSeconds: 5 })
  )
  return { run: changed, again: false }
}

async function askForPullRequest(world: RunWorld, run: Run, key: string): Promise<Step> {
  const changed = await world.store.transaction(async tables => {
    await tables.effects.add({
      key,
      effect: { kind: 'sync-pull-request', run: run.id },
      lane: LANES.gate,
      run: run.id,
      correlationId: run.correlationId
    })
    await tables.runEvents.add(run.id, 'branch.pushed', { branch: run.branch, head: run.headSha })
    await tables.audit.add({
      correlationId: run.correlationId,
      type: 'run.branch.pushed',
      actorType: 'system',
      actor: 'stagewright',
      reason: null,
      projectId: run.projectId,
      repositoryId: run.repositoryId,
      issueNumber: run.issueNumber,
      runId: run.id,
      payload: { branch: run.branch, head: run.headSha, base: run.baseSha }
    })
    return tables.runs.change(run.id, run.fence, { nextCheckInSeconds: 5 })
  })
  return { run: changed, again: false }
}

async function succeed(world: RunWorld, run: Run, pullRequest: number): Promise<Step> {
  const known = run.pullRequest === pullRequest
  const ended = await world.store.transaction(async tables => {
    const withPull = await tables.runs.change(run.id, run.fence, { pullRequest })
    const pullId = `${run.repositoryId}#${pullRequest}`
    await tables.links.add({
      from: ['run', run.id],
      to: ['pull_request', pullId],
      type: 'produced'
    })
    await tables.links.add({
      from: ['issue', `${run.repositoryId}#${run.issueNumber}`],
      to: ['pull_request', pullId],
      type: 'answered_by'
    })
    await tables.links.add({
      from: ['run', run.id],
      to: ['branch', `${run.repositoryId}:${run.branch}`],
      type: 'pushed'
    })
    await tables.audit.add({
      correlationId: run.correlationId,
      type: known ? 'run.pr.updated' : 'run.pr.created',
      actorType: 'system',
      actor: 'stagewright',
      reason: null,
      projectId: run.projectId,
      repositoryId: run.repositoryId,
      issueNumber: run.issueNumber,
      runId: run.id,
      payload: { pullRequest, head: run.headSha }
    })
    for (const thread of [run.issueNumber, pullRequest]) {
      await tables.effects.add({
        key: `in-review:${run.id}:a${run.attempt}:${thread}`,
        effect: {
          kind: 'add-label',
          repository: run.repositoryId,
          thread,
          label: world.settings.labels.inReview
        },
        lane: LANES.normal,
        run: run.id,
        correlationId: run.correlationId
      })
    }
    return finishRun(
      world,
      tables,
      withPull,
      { state: 'succeeded', reason: null, detail: null },
      run.fence
    )
  })
  return { run: ended, again: false }
}
