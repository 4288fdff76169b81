/** What stands between two commits, by plumbing commands that read no configuration or attributes. */
import type { ChangedFile } from '#app/ports/gate.ts'
import { invalid } from './bundle-header.ts'
import { type GitSpace, runGit } from './run-git.ts'

/** A changed file with the blob that holds it; null for a deleted file and a submodule. */
export interface Change extends ChangedFile {
  readonly blob: string | null
}

const SUBMODULE = '160000'
const ENTRY = /^:\d{6} (\d{6}) [0-9a-f]{40} ([0-9a-f]{40}) ([AMDT])$/

/** Renames are told as a deletion and an addition, so that both paths are judged. */
export async function readChanges(
  space: GitSpace,
  repository: string,
  range: { readonly base: string; readonly head: string }
): Promise<readonly Change[]> {
  const { stdout } = await runGit(space, repository, [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '-l0',
    '--no-abbrev',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    range.base,
    range.head
  ])
  const entries = parse(stdout)
  const blobs = entries.flatMap(entry => (entry.blob === null ? [] : [entry.blob]))
  const sizes = await readSizes(space, repository, blobs)
  return entries.map(entry => ({
    ...entry,
    bytes: entry.blob === null ? 0 : (sizes.get(entry.blob) ?? 0)
  }))
}

function parse(output: Buffer): ReadonlyArray<Omit<Change, 'bytes'>> {
  const entries: Omit<Change, 'bytes'>[] = []
  const parts = splitAtNul(output)
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, mode = '', sha = '', letter] = ENTRY.exec(String(parts[index])) ?? []
    if (letter === undefined) throw invalid(`git told a change we cannot read: ${parts[index]}`)
    const path = readPath(parts[index + 1] ?? Buffer.alloc(0))
    const gone = letter === 'D'
    entries.push({
      path,
      status: gone ? 'deleted' : letter === 'A' ? 'added' : 'modified',
      mode,
      blob: gone || mode === SUBMODULE ? null : sha
    })
  }
  return entries
}

function splitAtNul(output: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end))
    start = end + 1
  }
  return parts
}

/** A path that is no text could not be held against the protected paths, nor be shown. */
function readPath(bytes: Buffer): string {
  const path = bytes.toString('utf8')
  if (!Buffer.from(path, 'utf8').equals(bytes)) {
    throw invalid(`a changed path is not UTF-8: "${path}"; rename that file`)
  }
  return path
}

async function readSizes(
  space: GitSpace,
  repository: string,
  blobs: readonly string[]
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  if (blobs.length === 0) return sizes
  const { stdout } = await runGit(
    space,
    repository,
    ['cat-file', '--batch-check=%(objectname) %(objectsize)'],
    { input: `${blobs.join('\n')}\n` }
  )
  for (const line of stdout.toString('latin1').split('\n')) {
    const [sha = '', size = ''] = line.split(' ')
    if (/^\d+$/.test(size)) sizes.set(sha, Number(size))
  }
  return sizes
}

/** Contents of blobs by their names. */
export async function readBlobs(
  space: GitSpace,
  repository: string,
  blobs: readonly string[]
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  if (blobs.length === 0) return found
  const input = `${[...new Set(blobs)].join('\n')}\n`
  const { stdout } = await runGit(space, repository, ['cat-file', '--batch'], { input })
  let at = 0
  while (at < stdout.length) {
    const end = stdout.indexOf('\n', at)
    const [sha = '', kind, size] = stdout.subarray(at, end).toString('latin1').split(' ')
    at = end + 1
    // "<name> missing" has no content behind it.
    if (kind !== 'blob') continue
    found.set(sha, stdout.subarray(at, at + Number(size)))
    at += Number(size) + 1
  }
  return found
}
