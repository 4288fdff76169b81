/** What changed between two commits, file by file. */
import { type GitSpace, gitOnce } from './process.ts'

type FileStatus = 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed'

export interface FileChange {
  readonly path: string
  readonly previousPath: string | null
  readonly status: FileStatus
  readonly sha: string | null
  readonly additions: number
  readonly deletions: number
  /** Hunks only, as GitHub's "patch"; null for binary files and pure renames. */
  readonly patch: string | null
}

const STATUS: Readonly<Record<string, FileStatus>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed'
}
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const OPTIONS = ['-M', '--no-color', '--no-ext-diff', '--no-textconv']

/** The unified diff as `application/vnd.github.diff` answers it. `from` null: a root commit. Both are full shas. */
export async function readDiff(
  space: GitSpace,
  folder: string,
  range: { readonly from: string | null; readonly to: string }
): Promise<string> {
  const args = ['diff', ...OPTIONS, '-p', range.from ?? EMPTY_TREE, range.to, '--']
  const { stdout } = await gitOnce(space, folder, args)
  return stdout.toString('utf8')
}

export async function readChanges(
  space: GitSpace,
  folder: string,
  range: { readonly from: string | null; readonly to: string }
): Promise<readonly FileChange[]> {
  const between = [range.from ?? EMPTY_TREE, range.to, '--']
  const [summary, diff] = await Promise.all([
    gitOnce(space, folder, [
      'diff',
      ...OPTIONS,
      '-z',
      '--raw',
      '--no-abbrev',
      '--numstat',
      ...between
    ]),
    readDiff(space, folder, range)
  ])
  const patches = diff.split(/^(?=diff --git )/m).filter(Boolean)
  const { raw, counts } = parseSummary(summary.stdout.toString('utf8').split('\0'))
  return raw.map((entry, index) => ({
    ...entry,
    additions: counts[index]?.additions ?? 0,
    deletions: counts[index]?.deletions ?? 0,
    patch: hunksOf(patches[index] ?? '')
  }))
}

type RawEntry = Pick<FileChange, 'path' | 'previousPath' | 'status' | 'sha'>

/** `--raw -z --numstat`: first all raw entries, then all counts, each in the order of the diff. */
function parseSummary(fields: readonly string[]): {
  readonly raw: readonly RawEntry[]
  readonly counts: ReadonlyArray<{ readonly additions: number; readonly deletions: number }>
} {
  const raw: RawEntry[] = []
  const counts: Array<{ additions: number; deletions: number }> = []
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? ''
    if (field.startsWith(':')) {
      const [, , , sha = '', letter = ''] = field.split(' ')
      const status = STATUS[letter.slice(0, 1)] ?? 'changed'
      const moved = status === 'renamed' || status === 'copied'
      const previousPath = moved ? (fields[at + 1] ?? '') : null
      at += moved ? 2 : 1
      raw.push({
        path: fields[at] ?? '',
        previousPath,
        status,
        sha: /^0+$/.test(sha) ? null : sha
      })
    } else if (field.includes('\t')) {
      const [additions, deletions, path] = field.split('\t')
      // A rename has its two paths in fields of their own.
      if (path === '') at += 2
      counts.push({ additions: Number(additions) || 0, deletions: Number(deletions) || 0 })
    }
  }
  return { raw, counts }
}

function hunksOf(patch: string): string | null {
  const start = patch.search(/^@@ /m)
  return start === -1 ? null : patch.slice(start).replace(/\n$/, '')
}
