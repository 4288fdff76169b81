import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { GitHubBranches, PullRequest, RepositoryAccess } from '#app/ports/github.ts'
import type { Connection } from './connection.ts'
import { at } from './reads.ts'

type Identity = Awaited<ReturnType<RepositoryAccess['identity']>>

const PAGE = 100
/** Who GitHub writes as committer of what people do in the browser; the author is the person. */
const WEB_FLOW = { login: 'web-flow', email: 'noreply@github.com' }

export function createBranches(
  connection: Connection,
  identity: () => Promise<Identity>
): GitHubBranches {
  return {
    head: (repository, branch) => readHead(connection, repository, branch),
    openPullRequest: (repository, branch) => findOpen(connection, repository, branch),
    foreignAuthors: (repository, branch, into) =>
      readForeign(connection, repository, { branch, into, identity })
  }
}

async function readHead(
  connection: Connection,
  repository: Repository,
  branch: string
): Promise<string | null> {
  try {
    const { data } = await connection
      .read(repository)
      .request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
        ...at(repository),
        ref: `heads/${branch}`
      })
    return data.object.sha
  } catch (error) {
    // 409: the repository has no commit yet, so it has no branch either.
    if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.fields.status === 409)) {
      return null
    }
    throw error
  }
}

export async function findOpen(
  connection: Connection,
  repository: Repository,
  branch: string
): Promise<PullRequest | null> {
  const { data } = await connection.read(repository).request('GET /repos/{owner}/{repo}/pulls', {
    ...at(repository),
    head: `${repository.owner}:${branch}`,
    state: 'open',
    per_page: PAGE
  })
  const found = data.find(
    pull => pull.head.ref === branch && pull.head.repo?.id === repository.providerId
  )
  return found === undefined ? null : pullRequestOf(found)
}

interface WirePull {
  readonly number: number
  readonly html_url: string
  readonly head: { readonly ref: string; readonly sha: string }
  readonly state: string
  readonly merged_at: string | null
  readonly title: string
  readonly body: string | null
  readonly labels: ReadonlyArray<{ readonly name: string }>
}

export function pullRequestOf(pull: WirePull): PullRequest {
  return {
    number: pull.number,
    url: pull.html_url,
    headRef: pull.head.ref,
    headSha: pull.head.sha,
    open: pull.state === 'open',
    merged: pull.merged_at !== null,
    title: pull.title,
    body: pull.body ?? '',
    labels: pull.labels.map(label => label.name)
  }
}

/**
 * A commit is ours when we committed it, whoever its author is: what an agent cherry-picks came
 * through us. What people do in the browser has GitHub as its committer, so its author decides.
 */
async function readForeign(
  connection: Connection,
  repository: Repository,
  question: {
    readonly branch: string
    readonly into: string
    readonly identity: () => Promise<Identity>
  }
): Promise<readonly string[]> {
  const { branch, into } = question
  const own = await question.identity()
  const names = new Set<string>()
  for (let page = 1, seen = 0; ; page += 1) {
    const { data } = await connection
      .read(repository)
      .request('GET /repos/{owner}/{repo}/compare/{basehead}', {
        ...at(repository),
        basehead: `${into}...${branch}`,
        per_page: PAGE,
        page
      })
    for (const { author, committer, commit } of data.commits) {
      const made = { ...commit.committer, login: loginOf(committer) }
      const wrote = { ...commit.author, login: loginOf(author) }
      const decisive = isSamePerson(made, WEB_FLOW) ? wrote : made
      if (isSamePerson(decisive, own)) continue
      names.add(wrote.login ?? wrote.name ?? made.login ?? made.name ?? 'an unknown author')
    }
    seen += data.commits.length
    if (data.commits.length === 0 || seen >= data.total_commits) return [...names]
  }
}

/** GitHub sends null or an empty object when it knows no account for an e-mail address. */
function loginOf(account: object | null): string | undefined {
  return account !== null && 'login' in account ? String(account.login) : undefined
}

function isSamePerson(
  person: { readonly login?: string | undefined; readonly email?: string | undefined },
  other: { readonly login: string; readonly email: string }
): boolean {
  return person.login === other.login || person.email === other.email
}
