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
 * NOT_FOUND for a repository that it cannot see, GITHUB_REFUSED without the permission.
 */
export async function readWorkflowFiles(
  octokit: Octokit,
  repositories: readonly Named[]
): Promise<ReadonlyArray<readonly WorkflowFile[]>> {
  const found: (readonly WorkflowFile[])[] = []
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
): Promise<ReadonlyArray<readonly WorkflowFile[]>> {
  const variables = Object.fromEntries(
    repositories.flatMap(({ owner, name }, index) => [
      [`owner${index}`, owner],
      [`name${index}`, name]
    ])
  )
  let answer: Answer
  try {
    answer = await octokit.graphql<Answer>(workflowFilesQuery(repositories.length), variables)
  } catch (error) {
    throw refusalOf(error, repositories)
  }
  return repositories.map((_, index) => filesOf(answer[`r${index}`]?.object ?? null))
}

function filesOf(tree: WireTree | null): readonly WorkflowFile[] {
  return (tree?.entries ?? [])
    .filter(entry => entry.type === 'blob' && /\.ya?ml$/.test(entry.name))
    .map(({ name, object }) => {
      const isWhole = object !== null && object.isTruncated === false
      return { path: `${FOLDER}/${name}`, text: isWhole ? (object.text ?? null) : null }
    })
}

/** Answers 200 with errors in them; everything else was made an AppError by the guard. */
function refusalOf(error: unknown, repositories: readonly Named[]): unknown {
  const problems = errorsOf(error)
  const [first] = problems
  if (first === undefined) return error
  const at = repositories[Number(/^r(\d+)/.exec(first.path)?.[1])]
  const where = at === undefined ? 'repositories' : `${at.owner}/${at.name}`
  const said = problems.map(one => one.message).join('; ')
  const message = `reading the workflow files of ${where}: GitHub answered: ${said}${advice(first)}`
  const code = first.type === 'NOT_FOUND' ? 'NOT_FOUND' : 'GITHUB_REFUSED'
  return new AppError(code, message, { fields: { repository: where, said } })
}

function advice({ type }: GraphqlProblem): string {
  return type === 'FORBIDDEN' ? '; the App needs the permission contents: read there' : ''
}
