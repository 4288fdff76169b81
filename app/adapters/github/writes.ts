import { AppError, hasCode } from '#app/core/errors.ts'
import type { GitHubWrites, PullRequest, RepositoryAccess } from '#app/ports/github.ts'
import { findOpen, pullRequestOf } from './branches.ts'
import { createCheckRunWrite } from './check-run.ts'
import { createCommentWrite } from './comment.ts'
import type { Connection } from './connection.ts'
import { at } from './reads.ts'
import { cutLine, cutText } from './text.ts'

/** Longest title GitHub takes for issues and pull requests. */
const TITLE_LIMIT = 256

export function createWrites(
  connection: Connection,
  access: Pick<RepositoryAccess, 'identity'>,
  appId: number
): GitHubWrites {
  return {
    react: createReact(connection),
    comment: createCommentWrite(connection, access.identity),
    labels: createLabelsWrite(connection),
    checkRun: createCheckRunWrite(connection, appId),
    pullRequest: createPullRequestWrite(connection)
  }
}

/** GitHub answers a second 👀 of the same account with the first one. */
function createReact(connection: Connection): GitHubWrites['react'] {
  return async (repository, subject) => {
    const client = connection.write(repository)
    await connection.patiently(() =>
      subject.on === 'issue'
        ? client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/reactions', {
            ...at(repository),
            issue_number: subject.number,
            content: 'eyes'
          })
        : client.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
            ...at(repository),
            comment_id: subject.id,
            content: 'eyes'
          })
    )
  }
}

function createLabelsWrite(connection: Connection): GitHubWrites['labels'] {
  return async (repository, { thread, add, remove }) => {
    const client = connection.write(repository)
    const place = { ...at(repository), issue_number: thread }
    for (const name of remove) {
      await unlessGone(() =>
        client.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', {
          ...place,
          name
        })
      )
    }
    if (add.length === 0) return
    await unlessGone(() =>
      connection.patiently(() =>
        client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
          ...place,
          labels: [...add]
        })
      )
    )
  }
}

/** A label that is off, or an issue that was deleted, is where we wanted to be. */
async function unlessGone(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error
  }
}

function createPullRequestWrite(connection: Connection): GitHubWrites['pullRequest'] {
  return async (repository, { branch, base, title, body }) => {
    async function update(existing: PullRequest): Promise<PullRequest> {
      const text = cutText(body(existing.body))
      if (text === existing.body) return existing
      const { data } = await connection
        .write(repository)
        .request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...at(repository),
          pull_number: existing.number,
          body: text
        })
      return pullRequestOf(data)
    }

    const existing = await findOpen(connection, repository, branch)
    if (existing !== null) return update(existing)
    try {
      const { data } = await connection
        .write(repository, { content: true })
        .request('POST /repos/{owner}/{repo}/pulls', {
          ...at(repository),
          title: cutLine(title, TITLE_LIMIT),
          head: branch,
          base,
          body: cutText(body(null))
        })
      return pullRequestOf(data)
    } catch (error) {
      if (!isAlreadyOpen(error)) throw error
      // The list did not know it yet: a lost answer of ours, or a person was quicker.
      const opened = await findOpen(connection, repository, branch)
      if (opened === null) throw error
      return update(opened)
    }
  }
}

/** 422 "A pull request already exists for owner:branch." */
function isAlreadyOpen(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.fields.status === 422 &&
    /already exists/i.test(error.message)
  )
}
