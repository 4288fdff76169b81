/** What git knows: refs, commits, trees, blobs. */
import { type GitSpace, git, gitOnce, isFullSha } from './process.ts'

export interface Signature {
  readonly name: string
  readonly email: string
  readonly date: string
}

export interface Commit {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
}

export interface Ref {
  readonly name: string
  readonly sha: string
  readonly type: string
}

export interface TreeEntry {
  readonly mode: string
  readonly type: 'blob' | 'tree' | 'commit'
  readonly sha: string
  readonly size: number
  readonly name: string
}

/** Words of people (branches, shas) must not be taken for options. */
function isPlain(rev: string): boolean {
  return rev !== '' && !rev.startsWith('-') && !/[\s:^~?*[\\]|\.\.|@\{/.test(rev)
}

/** The commit that a branch, tag or sha stands for; null when there is none. */
export async function resolveCommit(
  space: GitSpace,
  folder: string,
  rev: string
): Promise<string | null> {
  if (!isPlain(rev)) return null
  const named = [`refs/heads/${rev}`, `refs/tags/${rev}`]
  const other = rev === 'HEAD' || rev.startsWith('refs/') ? rev : `refs/${rev}`
  const candidates = /^[0-9a-f]{4,40}$/.test(rev) ? [rev, ...named] : [...named, other]
  const input = candidates.map(name => `${name}^{commit}\n`).join('')
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)']
  const { stdout } = await git(space, folder, args, { input })
  const found = lines(stdout).find(line => line.endsWith(' commit'))
  return found?.slice(0, 40) ?? null
}

/** Refs below a prefix such as `refs/heads/`, by name. */
export async function listRefs(
  space: GitSpace,
  folder: string,
  prefix = 'refs/'
): Promise<readonly Ref[]> {
  const args = ['for-each-ref', '--format=%(refname)%00%(objectname)%00%(objecttype)']
  const { stdout } = await git(space, folder, args)
  return lines(stdout)
    .map(line => line.split('\0'))
    .map(([name = '', sha = '', type = '']) => ({ name, sha, type }))
    .filter(ref => ref.name.startsWith(prefix))
}

export async function findRef(space: GitSpace, folder: string, name: string): Promise<Ref | null> {
  const refs = await listRefs(space, folder, name)
  return refs.find(ref => ref.name === name) ?? null
}

const COMMIT_FORMAT = '%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B'

interface LogQuery {
  readonly include: string
  readonly exclude?: string
  readonly path?: string
  readonly limit?: number
  readonly oldestFirst?: boolean
}

/** Commits reachable from `include` and not from `exclude`; newest first unless asked. */
export async function readLog(
  space: GitSpace,
  folder: string,
  query: LogQuery
): Promise<readonly Commit[]> {
  const args = ['log', '-z', `--format=${COMMIT_FORMAT}`]
  if (query.limit !== undefined) args.push(`--max-count=${query.limit}`)
  if (query.oldestFirst === true) args.push('--reverse', '--topo-order')
  args.push(query.include)
  if (query.exclude !== undefined) args.push(`^${query.exclude}`)
  args.push('--', ...(query.path === undefined ? [] : [query.path]))
  const fixed = isFullSha(query.include) && isFullSha(query.exclude ?? query.include)
  const { stdout } = await (fixed ? gitOnce : git)(space, folder, args)
  const text = stdout.toString('utf8')
  return text === '' ? [] : text.split('\0').filter(Boolean).map(parseCommit)
}

export async function readCommit(space: GitSpace, folder: string, sha: string): Promise<Commit> {
  const [commit] = await readLog(space, folder, { include: sha, limit: 1 })
  if (commit === undefined) throw new Error(`reading commit ${sha}: git knows no such commit`)
  return commit
}

function parseCommit(text: string): Commit {
  const [sha = '', tree = '', parents = '', ...rest] = text.split('\x1f')
  const [an = '', ae = '', ad = '', cn = '', ce = '', cd = '', ...message] = rest
  return {
    sha,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name: an, email: ae, date: utc(ad) },
    committer: { name: cn, email: ce, date: utc(cd) },
    message: message.join('\x1f').trimEnd()
  }
}

function utc(date: string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`
}

export async function mergeBase(
  space: GitSpace,
  folder: string,
  one: string,
  other: string
): Promise<string | null> {
  const args = ['merge-base', one, other]
  const fixed = isFullSha(one) && isFullSha(other)
  const { code, stdout } = await (fixed ? gitOnce : git)(space, folder, args, { codes: [0, 1] })
  return code === 0 ? stdout.toString('utf8').trim() : null
}

export async function isAncestor(
  space: GitSpace,
  folder: string,
  ancestor: string,
  descendant: string
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant]
  const { code } = await git(space, folder, args, { codes: [0, 1, 128] })
  return code === 0
}

/**
 * Entries of the tree at a path ('' is the root), with all that is below when `deep`; null when there
 * is no folder. `commit` may be the sha of a tree.
 */
export async function readTree(
  space: GitSpace,
  folder: string,
  at: { readonly commit: string; readonly path: string; readonly deep?: boolean }
): Promise<readonly TreeEntry[] | null> {
  const deep = at.deep === true ? ['-r', '-t'] : []
  const args = ['ls-tree', '-z', '--long', ...deep, `${at.commit}:${at.path}`]
  const { code, stdout } = await git(space, folder, args, { codes: [0, 128] })
  if (code !== 0) return null
  return stdout.toString('utf8').split('\0').filter(Boolean).map(parseEntry)
}

/** The entry at a path that is not the root; null when nothing stands there. */
export async function readEntry(
  space: GitSpace,
  folder: string,
  at: { readonly commit: string; readonly path: string }
): Promise<TreeEntry | null> {
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '--long', at.commit, '--', at.path]
  const { stdout } = await git(space, folder, args)
  const entry = stdout.toString('utf8').split('\0').filter(Boolean).map(parseEntry)[0]
  return entry === undefined ? null : { ...entry, name: at.path.split('/').at(-1) ?? '' }
}

function parseEntry(text: string): TreeEntry {
  const [head = '', name = ''] = text.split('\t')
  const [mode = '', type = '', sha = '', size = ''] = head.split(/ +/)
  const kind = type === 'tree' || type === 'commit' ? type : 'blob'
  return { mode, type: kind, sha, size: Number(size) || 0, name }
}

export async function readBlob(space: GitSpace, folder: string, sha: string): Promise<Buffer> {
  const { stdout } = await git(space, folder, ['cat-file', 'blob', sha])
  return stdout
}

export function lines(output: Buffer): readonly string[] {
  return output.toString('utf8').split('\n').filter(Boolean)
}
