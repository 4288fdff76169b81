import type { Comment, Person } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'
import type { GitHubReads, IssueText } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { readPermission } from './permission.ts'
import { personOf, type WireUser } from './person.ts'
import { readReviewTexts } from './review-texts.ts'

const PAGE = 100

export function createReads(connection: Connection): GitHubReads {
  const { patiently } = connection

  return {
    permission: (repository, login) => readPermission(connection, repository, login),
    issue: (repository, number) =>
      patiently(async () => {
        const { data } = await connection
          .read(repository)
          .request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
            ...at(repository),
            issue_number: number
          })
        return issueText(data)
      }),
    comments: (repository, number) =>
      patiently(async () => {
        const found = await connection
          .read(repository)
          .paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...at(repository),
            issue_number: number,
            per_page: PAGE
          })
        return found.map(
          (one): Comment => ({
            id: Number(one.id),
            body: one.body ?? '',
            author: personOf(one.user),
            association: one.author_association ?? 'NONE',
            createdAt: one.created_at,
            updatedAt: one.updated_at
          })
        )
      }),
    reviewTexts: (repository, pullRequest, expected) =>
      patiently(() =>
        readReviewTexts(
          connection.read(repository),
          { ...at(repository), pull_number: pullRequest },
          expected
        )
      ),
    labelled: (repository, label) => readLabelled(connection, repository, label)
  }
}

export function at(repository: Repository): { readonly owner: string; readonly repo: string } {
  return { owner: repository.owner, repo: repository.name }
}

interface WireIssue {
  readonly number: number
  readonly title: string
  readonly body?: string | null
  readonly user: WireUser | null
  readonly html_url: string
  readonly state: string
  readonly labels: ReadonlyArray<string | { readonly name?: string }>
  readonly updated_at: string
}

function issueText(issue: WireIssue): IssueText {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    author: personOf(issue.user).login,
    url: issue.html_url,
    open: issue.state === 'open',
    labels: issue.labels.map(label => (typeof label === 'string' ? label : (label.name ?? ''))),
    updatedAt: issue.updated_at
  }
}

type Labelled = Awaited<ReturnType<GitHubReads['labelled']>>[number]

async function readLabelled(
  connection: Connection,
  repository: Repository,
  label: string
): Promise<readonly Labelled[]> {
  const client = connection.read(repository)
  const issues = await client.paginate('GET /repos/{owner}/{repo}/issues', {
    ...at(repository),
    labels: label,
    state: 'open',
    per_page: PAGE
  })
  const found: Labelled[] = []
  for (const wire of issues) {
    const issue = issueText(wire)
    // A comma in a label's name would have asked for two labels.
    if (!issue.labels.some(name => isSame(name, label))) continue
    const last = await lastLabelling(client, repository, { issue: issue.number, label })
    found.push({
      issue,
      isPullRequest: wire.pull_request !== undefined,
      by: last?.by ?? null,
      at: last?.at ?? issue.updatedAt
    })
  }
  return found
}

/** Label names are the same in any letter case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

async function lastLabelling(
  client: ReturnType<Connection['read']>,
  repository: Repository,
  subject: { readonly issue: number; readonly label: string }
): Promise<{ readonly by: Person | null; readonly at: string } | null> {
  const timeline = await client.paginate(
    'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline',
    { ...at(repository), issue_number: subject.issue, per_page: PAGE }
  )
  let last: { readonly by: Person | null; readonly at: string } | null = null
  for (const item of timeline) {
    if (item.event !== 'labeled' || !('label' in item) || !('created_at' in item)) continue
    if (!isSame(item.label.name ?? '', subject.label)) continue
    const actor: WireUser | null | undefined = item.actor
    last = { by: actor == null ? null : personOf(actor), at: item.created_at ?? '' }
  }
  return last
}
