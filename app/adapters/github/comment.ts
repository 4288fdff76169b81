import { hasCode } from '#app/core/errors.ts'
import type { GitHubWrites, RepositoryAccess } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { at } from './reads.ts'
import { cutText, TEXT_LIMIT } from './text.ts'

type Identity = RepositoryAccess['identity']

/** Finds our comment by id, or by its marker among comments that this App wrote, before making one. */
export function createCommentWrite(
  connection: Connection,
  identity: Identity
): GitHubWrites['comment'] {
  return async (repository, { thread, id, marker, body, mayExist }) => {
    const text = withMarker(body, marker)

    async function edit(comment: number): Promise<{ readonly id: number; readonly url: string }> {
      const { data } = await connection
        .write(repository)
        .request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          ...at(repository),
          comment_id: comment,
          body: text
        })
      return { id: Number(data.id), url: data.html_url }
    }

    /** Only our own: anyone can copy a marker into a comment of his. */
    async function find(): Promise<number | null> {
      const { login } = await identity()
      const all = await connection
        .read(repository)
        .paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at(repository),
          issue_number: thread,
          per_page: 100
        })
      const found = all.find(one => one.user?.login === login && (one.body ?? '').includes(marker))
      return found === undefined ? null : Number(found.id)
    }

    if (id !== null) {
      try {
        return await edit(id)
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND')) throw error
      }
    }
    if (mayExist || id !== null) {
      const existing = await connection.patiently(find)
      if (existing !== null && existing !== id) return edit(existing)
    }
    return connection.patiently(async () => {
      const { data } = await connection
        .write(repository, { content: true })
        .request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at(repository),
          issue_number: thread,
          body: text
        })
      return { id: Number(data.id), url: data.html_url }
    })
  }
}

/** The marker stands first, so that cutting never loses it. */
function withMarker(body: string, marker: string): string {
  if (body.length <= TEXT_LIMIT && body.includes(marker)) return body
  const rest = body.replaceAll(marker, '')
  return `${marker}\n${cutText(rest, TEXT_LIMIT - marker.length - 1)}`
}
