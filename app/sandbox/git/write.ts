/** Changes to a bare repository made on the server: commits, merges, refs. */
import { mkdir } from 'node:fs/promises'
import { type GitSpace, git, gitOnce } from './process.ts'
import { findRef, type Signature } from './read.ts'

export async function initRepository(
  space: GitSpace,
  folder: string,
  defaultBranch: string
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await git(space, folder, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`])
  await git(space, folder, ['config', 'http.receivepack', 'true'])
}

interface NewCommit {
  readonly branch: string
  /** The commit it stands on; null for the first one. */
  readonly parent: string | null
  readonly message: string
  readonly author: Signature
  readonly committer: Signature
  /** Path to content; null takes the file away. */
  readonly files: ReadonlyMap<string, Buffer | null>
}

/** One commit by `git fast-import`; resolves with its sha. */
export async function writeCommit(
  space: GitSpace,
  folder: string,
  commit: NewCommit
): Promise<string> {
  const ref = `refs/heads/${commit.branch}`
  const parts: (string | Buffer)[] = [
    `commit ${ref}\n`,
    `author ${person(commit.author)}\n`,
    `committer ${person(commit.committer)}\n`,
    ...data(Buffer.from(commit.message))
  ]
  if (commit.parent !== null) parts.push(`from ${commit.parent}\n`)
  for (const [path, content] of commit.files) {
    const name = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    if (content === null) parts.push(`D ${name}\n`)
    else parts.push(`M 100644 inline ${name}\n`, ...data(content))
  }
  const input = Buffer.concat(parts.map(part => Buffer.from(part)))
  await git(space, folder, ['fast-import', '--quiet', '--date-format=raw'], { input })
  const made = await findRef(space, folder, ref)
  if (made === null) throw new Error(`writing a commit on ${ref}: the branch is not there after it`)
  return made.sha
}

function data(content: Buffer): readonly (string | Buffer)[] {
  return [`data ${content.length}\n`, content, '\n']
}

function person(signature: Signature): string {
  const clean = (text: string): string => text.replaceAll(/[<>\n]/g, '')
  const seconds = Math.floor(new Date(signature.date).getTime() / 1000)
  return `${clean(signature.name)} <${clean(signature.email)}> ${seconds} +0000`
}

/** The tree of merging two commits, named by full shas; null when they conflict. Needs git 2.38 or newer. */
export async function mergeTree(
  space: GitSpace,
  folder: string,
  sides: { readonly base: string; readonly head: string }
): Promise<string | null> {
  const args = ['merge-tree', '--write-tree', '--no-messages', sides.base, sides.head]
  const { code, stdout } = await gitOnce(space, folder, args, { codes: [0, 1] })
  return code === 0 ? stdout.toString('utf8').trim() : null
}

/** A commit object of a given tree; no ref is moved. */
export async function commitTree(
  space: GitSpace,
  folder: string,
  commit: {
    readonly tree: string
    readonly parents: readonly string[]
    readonly message: string
    readonly author: Signature
    readonly committer: Signature
  }
): Promise<string> {
  const args = ['commit-tree', commit.tree, ...commit.parents.flatMap(sha => ['-p', sha])]
  const { stdout } = await git(space, folder, args, {
    input: commit.message,
    environment: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: commit.author.date,
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: commit.committer.date
    }
  })
  return stdout.toString('utf8').trim()
}

/** Moves a ref; `from` guards against a change in between ('' means: must not exist yet). */
export async function updateRef(
  space: GitSpace,
  folder: string,
  move: { readonly name: string; readonly to: string; readonly from?: string }
): Promise<boolean> {
  const old = move.from === '' ? ['0'.repeat(40)] : move.from === undefined ? [] : [move.from]
  const args = ['update-ref', move.name, move.to, ...old]
  return (await git(space, folder, args, { codes: [0, 1, 128] })).code === 0
}

export async function deleteRef(space: GitSpace, folder: string, name: string): Promise<boolean> {
  const { code } = await git(space, folder, ['update-ref', '-d', name], { codes: [0, 1, 128] })
  return code === 0
}

/** True for a full ref name that git accepts, such as refs/heads/topic. */
export async function isValidRef(space: GitSpace, folder: string, name: string): Promise<boolean> {
  if (name.startsWith('-')) return false
  const { code } = await git(space, folder, ['check-ref-format', name], { codes: [0, 1] })
  return code === 0
}
