import { hasCode } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { CheckRunContent, GitHubWrites } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { at } from './reads.ts'
import { cutLine, cutText } from './text.ts'

/** Points left for better lanes when a running check run only moves on (reliability 1.6). */
const PROGRESS_RESERVE = 100

/** Docs: "Create a check run": three actions; label 20, description 40 characters. */
const ACTIONS = 3
const LABEL = 20
const DESCRIPTION = 40

/** Finds our check run by id, or by `external_id` on its commit, before making one. */
export function createCheckRunWrite(
  connection: Connection,
  appId: number
): GitHubWrites['checkRun'] {
  async function update(repository: Repository, id: number, content: CheckRunContent) {
    const reserve = content.status === 'completed' ? 0 : PROGRESS_RESERVE
    const { data } = await connection
      .write(repository, { reserve })
      .request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
        ...at(repository),
        check_run_id: id,
        ...bodyOf(content)
      })
    return { id: Number(data.id) }
  }

  /** All of them: `latest` would hide ours behind a newer run of the same name on this commit. */
  async function find(repository: Repository, content: CheckRunContent): Promise<number | null> {
    const all = await connection
      .read(repository)
      .paginate('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
        ...at(repository),
        ref: content.headSha,
        app_id: appId,
        filter: 'all',
        per_page: 100
      })
    const own = all.find(one => one.external_id === content.externalId && one.app?.id === appId)
    return own === undefined ? null : Number(own.id)
  }

  return async (repository, { id, content, mayExist }) => {
    if (id !== null) {
      try {
        return await update(repository, id, content)
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND')) throw error
      }
    }
    if (mayExist || id !== null) {
      const existing = await find(repository, content)
      if (existing !== null && existing !== id) return update(repository, existing, content)
    }
    const { data } = await connection
      .write(repository)
      .request('POST /repos/{owner}/{repo}/check-runs', {
        ...at(repository),
        head_sha: content.headSha,
        ...bodyOf(content)
      })
    return { id: Number(data.id) }
  }
}

/** A conclusion completes a check run by itself, so it is sent only with the status `completed`. */
function bodyOf(content: CheckRunContent) {
  const { status, conclusion, completedAt, detailsUrl } = content
  const end =
    status === 'completed'
      ? {
          conclusion: conclusion ?? ('neutral' as const),
          ...(completedAt === null ? {} : { completed_at: completedAt })
        }
      : {}
  return {
    name: content.name,
    external_id: content.externalId,
    status,
    started_at: content.startedAt,
    ...end,
    ...(detailsUrl === null ? {} : { details_url: detailsUrl }),
    output: {
      title: cutLine(content.title, 255),
      summary: cutText(content.summary),
      ...(content.text === '' ? {} : { text: cutText(content.text) })
    },
    actions: content.actions.slice(0, ACTIONS).map(({ label, description, identifier }) => ({
      label: cutLine(label, LABEL),
      description: cutLine(description, DESCRIPTION),
      identifier
    }))
  }
}
