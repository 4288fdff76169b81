/** Objects by their names, many with one git. */
import { AppError } from '#app/core/errors.ts'
import { type GitSpace, runGit } from './run-git.ts'

export interface ObjectFacts {
  readonly sha: string
  readonly kind: 'blob' | 'tree' | 'commit' | 'tag'
  readonly bytes: number
}

/** In the order of `shas`. GIT when one is not here: a caller must not take it for empty. */
export async function describeObjects(
  space: GitSpace,
  folder: string,
  shas: readonly string[]
): Promise<readonly ObjectFacts[]> {
  if (shas.length === 0) return []
  const input = `${shas.join('\n')}\n`
  const { stdout } = await runGit(space, folder, ['cat-file', '--batch-check'], { input })
  return stdout.toString('latin1').trimEnd().split('\n').map(parse)
}

/** Contents, one for each name. The caller keeps them small enough for memory. */
export async function readObjects(
  space: GitSpace,
  folder: string,
  shas: readonly string[]
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  if (shas.length === 0) return found
  const input = `${[...new Set(shas)].join('\n')}\n`
  const { stdout } = await runGit(space, folder, ['cat-file', '--batch'], { input })
  let at = 0
  while (at < stdout.length) {
    const end = stdout.indexOf('\n', at)
    const { sha, bytes } = parse(stdout.subarray(at, end).toString('latin1'))
    found.set(sha, stdout.subarray(end + 1, end + 1 + bytes))
    at = end + 1 + bytes + 1
  }
  return found
}

function parse(line: string): ObjectFacts {
  const [, sha = '', kind, size] = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)$/.exec(line) ?? []
  if (kind === 'blob' || kind === 'tree' || kind === 'commit' || kind === 'tag') {
    return { sha, kind, bytes: Number(size) }
  }
  throw new AppError('GIT', `reading git objects: "${line.slice(0, 80)}"`)
}
