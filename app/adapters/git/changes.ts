/** What stands between commits, by plumbing commands that read no configuration or attributes. */
import type { ChangedFile } from '#app/ports/gate.ts'
import { invalid } from './bundle-header.ts'
import { describeObjects } from './objects.ts'
import { type GitSpace, runGit } from './run-git.ts'

/** One path that differs, after the change. */
export interface Entry {
  /** As git has it: bytes, which need not be text. */
  readonly path: Buffer
  readonly status: ChangedFile['status']
  readonly mode: string
  /** Null for a deleted file and a submodule. */
  readonly blob: string | null
}

const SUBMODULE = '160000'
const ENTRY = /^:\d{6} (\d{6}) [0-9a-f]{40} ([0-9a-f]{40}) ([AMDT])$/

/**
 * Changes between base and head without those paths where the head has the same mode and object as
 * `known` (or neither has the path): these came from there. Renames are told as a deletion and an
 * addition, so that both paths are judged.
 */
export async function readChanges(
  space: GitSpace,
  folder: string,
  range: { readonly base: string; readonly head: string; readonly known: string }
): Promise<{ readonly changes: readonly ChangedFile[]; readonly fromDefault: number }> {
  const all = await readEntries(space, folder, { commits: [range.base, range.head] })
  const apart = await readEntries(space, folder, { commits: [range.known, range.head] })
  const different = new Set(apart.map(({ path }) => path.toString('latin1')))
  const own = all.filter(({ path }) => different.has(path.toString('latin1')))
  const blobs = own.flatMap(({ blob }) => blob ?? [])
  const sizes = new Map(
    (await describeObjects(space, folder, blobs)).map(({ sha, bytes }) => [sha, bytes])
  )
  const changes = own.map(({ path, status, mode, blob }) => ({
    path: readPath(path),
    status,
    mode,
    bytes: blob === null ? 0 : (sizes.get(blob) ?? 0)
  }))
  return { changes, fromDefault: all.length - own.length }
}

/** What differs between two commits, or, with `each`, between each commit and every parent it has. */
export async function readEntries(
  space: GitSpace,
  folder: string,
  what: { readonly commits: readonly string[]; readonly each?: boolean }
): Promise<readonly Entry[]> {
  const each = what.each === true
  const args = [
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
    ...(each ? ['--stdin', '-m', '--root', '--no-commit-id'] : what.commits)
  ]
  const input = each ? what.commits.map(sha => `${sha}\n`).join('') : ''
  const { stdout } = await runGit(space, folder, args, { input })
  return parse(stdout)
}

function parse(output: Buffer): readonly Entry[] {
  const entries: Entry[] = []
  const parts = splitAtNul(output)
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, mode = '', sha = '', letter] = ENTRY.exec(String(parts[index])) ?? []
    if (letter === undefined) throw invalid(`git told a change we cannot read: ${parts[index]}`)
    const gone = letter === 'D'
    entries.push({
      path: parts[index + 1] ?? Buffer.alloc(0),
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
