import { markerOf } from '#app/core/marker.ts'
import { REPLIES } from '#app/replies/index.ts'
import type { EffectResult, EffectWorld } from '#app/usecases/perform-effect.ts'
import { viewRun } from '#app/usecases/show-run.ts'
import { loadRun } from './load-run.ts'

/** One comment a run, by stored id; the hidden marker finds it when the answer to its creation was lost (decisions 37). */
export async function syncStatusComment(
  world: EffectWorld,
  id: string,
  mayExist: boolean
): Promise<EffectResult> {
  const { run } = await loadRun(world, id)
  const { view, repository } = await world.store.transaction(tables => viewRun(world, tables, run))
  const marker = markerOf('run', run.id)
  const body = world.redactor.redact(REPLIES.statusComment.render[run.locale](view))
  const comment = await world.github.comment(repository, {
    thread: run.issueNumber,
    id: run.statusCommentId,
    marker,
    body: `${body}\n\n${marker}`,
    mayExist
  })
  if (comment.id !== run.statusCommentId) {
    await world.store.transaction(({ runs }) =>
      runs.change(run.id, null, { statusCommentId: comment.id })
    )
  }
  return { id: comment.id }
}
