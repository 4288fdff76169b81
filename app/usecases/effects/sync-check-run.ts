import { createHash } from 'node:crypto'
import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'
import type { CheckRunContent } from '#app/ports/github.ts'
import { REPLIES } from '#app/replies/index.ts'
import type { EffectResult, EffectWorld } from '#app/usecases/perform-effect.ts'
import { viewRun } from '#app/usecases/show-run.ts'
import { loadRun } from './load-run.ts'

/**
 * One check run per run and commit (decisions 36): on the default branch's head first; when the
 * run's commit is pushed the first is completed with a link and another opens on the new head. At
 * most one is open.
 */
export async function syncCheckRun(
  world: EffectWorld,
  id: string,
  mayExist: boolean
): Promise<EffectResult> {
  const { run, repository } = await loadRun(world, id)
  const sha = await commitFor(world, repository, run)
  const moved = run.checkRunId !== null && run.checkRunSha !== sha
  const { view } = await world.store.transaction(tables => viewRun(world, tables, run))
  const render = REPLIES.checkRun.render[run.locale]
  if (moved && run.checkRunId !== null && run.checkRunSha !== null) {
    const moveOn = render({ view, sha: run.checkRunSha, movedTo: sha })
    await world.github.checkRun(repository, {
      id: run.checkRunId,
      content: redacted(world, moveOn),
      mayExist: false
    })
  }
  const content = redacted(world, render({ view, sha, movedTo: null }))
  const fingerprint = digestOf(
    sha,
    render({ view: { ...view, now: run.createdAt }, sha, movedTo: null })
  )
  if (!moved && run.checkRunId !== null && !mayExist) {
    const last = await world.store.transaction(({ effects }) =>
      effects.find(`sync-check-run:${run.id}`)
    )
    if (last?.result?.fingerprint === fingerprint) return { id: run.checkRunId, sha, fingerprint }
  }
  const made = await world.github.checkRun(repository, {
    id: moved ? null : run.checkRunId,
    content,
    mayExist: mayExist || moved
  })
  if (made.id !== run.checkRunId || run.checkRunSha !== sha) {
    await world.store.transaction(({ runs }) =>
      runs.change(run.id, null, { checkRunId: made.id, checkRunSha: sha })
    )
  }
  return { id: made.id, sha, fingerprint }
}

/** What is shown, apart from how long it has been going on: the same again is not written again. */
function digestOf(sha: string, content: CheckRunContent): string {
  return createHash('sha256')
    .update(JSON.stringify([sha, content]))
    .digest('hex')
}

function redacted<C extends { readonly summary: string; readonly text: string }>(
  world: EffectWorld,
  content: C
): C {
  return {
    ...content,
    summary: world.redactor.redact(content.summary),
    text: world.redactor.redact(content.text)
  }
}

/** What was pushed, once it was; until then the default branch's head as it was when the run was made. */
async function commitFor(world: EffectWorld, repository: Repository, run: Run): Promise<string> {
  const pushed = await world.store.transaction(({ effects }) =>
    effects.find(`push:${run.id}:a${run.attempt}`)
  )
  if (run.headSha !== null && pushed?.state === 'done') return run.headSha
  if (run.anchorSha !== null) return run.anchorSha
  const head = await world.github.head(repository, repository.defaultBranch)
  if (head === null)
    throw new AppError(
      'GITHUB_REFUSED',
      `finding a commit for the check run: ${repository.defaultBranch} has none`
    )
  await world.store.transaction(({ runs }) => runs.change(run.id, null, { anchorSha: head }))
  return head
}
