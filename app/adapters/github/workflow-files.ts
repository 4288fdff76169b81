/** The workflow files of many repositories at once, over GraphQL. */
import type { Octokit } from '@octokit/core'
import { AppError } from '#app/core/errors.ts'
import { errorsOf, type GraphqlProblem } from './graphql-calls.ts'

export interface WorkflowFile {
  /** Such as `.github/workflows/ci.yml`. */
  readonly path: string
  /** null for a file that GitHub gives no whole text of: too large, or not text. */
  readonly text: string | null
}

interface Named {
  readonly owner: string
  readonly name: string
}

const FOLDER = '.github/workflows'
/** Repositories in one query; each may have dozens of files. */
const BATCH = 10

const FRAGMENT = `fragment WorkflowFiles on Repository {
  object(expression: "HEAD:${FOLDER}") {
    ... on Tree {
      entries {
        name
        type
        object {
          ... on Blob {
            text
            isTruncated
          }
        }
      }
    }
  }
}`

/** The query for that many repositories: variables `owner0`, `name0`, …, answers `r0`, …. */
export function workflowFilesQuery(count: number): string {
  const indexes = [...new Array(count).keys()]
  const variables = indexes.map(index => `$owner${index}: String!, $name${index}: String!`)
  const fields = indexes.map(
    index =>
      `  r${index}: repository(owner: $owner${index}, name: $name${index}) { ...WorkflowFiles }`
  )
  return `query WorkflowFiles(${variables.join(', ')}) {\n${fields.join('\n')}\n}\n${FRAGMENT}`
}

/**
 * The `.yml` and `.yaml` files in `.github/workflows` of each repository's default branch, in the
 * order given; none where there is no such folder. `octokit` must be guarded and may read contents.
 * A repository that could not be read has an error in its place: NOT_FOUND where it cannot be seen,
 * GITHUB_REFUSED without the permission. Throws what concerns no single one.
 */
export async function readWorkflowFiles(
  octokit: Octokit,
  repositories: readonly Named[]
): Promise<ReadonlyArray<readonly WorkflowFile[] | AppError>> {
  const found: (readonly WorkflowFile[] | AppError)[] = []
  for (let start = 0; start < repositories.length; start += BATCH) {
    found.push(...(await readBatch(octokit, repositories.slice(start, start + BATCH))))
  }
  return found
}

type Answer = Readonly<Record<string, { readonly object: WireTree | null } | null>>

interface WireTree {
  readonly entries?: ReadonlyArray<{
    readonly name: string
    readonly type: string
    readonly object: { readonly text?: string | null; readonly isTruncated?: boolean } | null
  }> | null
}

async function readBatch(
  octokit: Octokit,
  repositories: readonly Named[]
): Promise<ReadonlyArray<readonly WorkflowFile[] | AppError>> {
  const { answer, problems } = await ask(octokit, repositories)
  return repositories.map((repository, index) => {
    const own = problems.filter(problem => aliasOf(problem) === index)
    if (own.length > 0) return refusalOf(`${repository.owner}/${repository.name}`, own)
    return filesOf(answer[`r${index}`]?.object ?? null)
  })
}

/** GitHub answers 200 with errors beside what it could read; all else the guard made an AppError. */
async function ask(
  octokit: Octokit,
  repositories: readonly Named[]
): Promise<{ readonly answer: Answer; readonly problems: readonly GraphqlProblem[] }> {
  const variables = Object.fromEntries(
    repositories.flatMap(({ owner, name }, index) => [
      [`owner${index}`, owner],
      [`name${index}`, name]
    ])
  )
  try {
    const query = workflowFilesQuery(repositories.length)
    return { answer: await octokit.graphql<Answer>(query, variables), problems: [] }
  } catch (error) {
    const problems = errorsOf(error)
    if (problems.length === 0) throw error
    if (problems.some(problem => aliasOf(problem) === null))
      throw refusalOf('repositories', problems)
    return { answer: partOf(error), problems }
  }
}

/** Number of the repository that the problem is about; null when it is about the whole query. */
function aliasOf({ path }: GraphqlProblem): number | null {
  const index = /^r(\d+)(?:\.|$)/.exec(path)?.[1]
  return index === undefined ? null : Number(index)
}

function partOf(error: unknown): Answer {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : null
  return (data ?? {}) as Answer
}

function filesOf(tree: WireTree | null): readonly WorkflowFile[] {
  return (tree?.entries ?? [])
    .filter(entry => entry.type === 'blob' && /\.ya?ml$/.test(entry.name))
    .map(({ name, object }) => {
      const isWhole = object !== null && object.isTruncated === false
      return { path: `${FOLDER}/${name}`, text: isWhole ? (object.text ?? null) : null }
    })
}

function refusalOf(where: string, problems: readonly GraphqlProblem[]): AppError {
  const said = problems.map(one => one.message).join('; ')
  const type = problems[0]?.type ?? ''
  const message = `reading the workflow files of ${where}: GitHub answered: ${said}`
  const code = type === 'NOT_FOUND' ? 'NOT_FOUND' : 'GITHUB_REFUSED'
  const hint = HINTS[type] ?? 'run this again; if it stays, look at githubstatus.com'
  return new AppError(code, message, { fields: { repository: where, said, hint } })
}

/** What to do, by GitHub's kind of problem. */
const HINTS: Readonly<Record<string, string>> = {
  NOT_FOUND: 'run this again: it was renamed, removed or taken out of the installation just now',
  FORBIDDEN:
    'let the App read it: the permission contents: read, and what the account itself asks of Apps'
}
