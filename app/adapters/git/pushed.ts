/** Everything that a push of a taken-in head would bring to GitHub, as texts for the secret scan. */
import { AppError } from '#app/core/errors.ts'
import type { GitStore, PushedTexts } from '#app/ports/gate.ts'
import { readEntries } from './changes.ts'
import { describeObjects, type ObjectFacts, readObjects } from './objects.ts'
import { baseOf, defaultOf } from './refs.ts'
import { type GitSpace, runGit } from './run-git.ts'

type Input = Parameters<GitStore['readPushed']>[1]

/** An object under one of its paths. */
interface Piece extends ObjectFacts {
  readonly path: string
}

/**
 * Objects come from the commits, not from the difference of two trees: what one commit adds and the
 * next takes away is pushed all the same. Git may tell an old object as new where its content comes
 * back after it was gone; never the other way round.
 */
export async function readPushed(
  space: GitSpace,
  folder: string,
  input: Input
): Promise<PushedTexts> {
  const pieces = await listPieces(space, folder, input)
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  const large = pieces
    .filter(piece => piece.bytes > input.maxBytes)
    .map(piece => ({ path: piece.path, bytes: piece.bytes }))
  const sums = { large, count: pieces.length, bytes }
  if (sums.count > input.maxCount || bytes > input.maxTotalBytes) return { ...sums, texts: [] }
  const read = pieces.filter(piece => piece.bytes <= input.maxBytes)
  const shas = read.map(({ sha }) => sha)
  const contents = await readObjects(space, folder, shas)
  const texts = read.flatMap(({ sha, kind, path }) => {
    const content = contents.get(sha)
    if (content === undefined)
      throw new AppError('GIT', `reading git objects: no answer for ${sha}`)
    const text = kind === 'blob' ? textOf(content) : messageFirst(content)
    return text === null ? [] : [{ path, text }]
  })
  return { ...sums, texts }
}

/** Commits, and blobs once for each path: some rules of the scan go by the name of a file. */
async function listPieces(
  space: GitSpace,
  folder: string,
  { run, headSha, maxCount }: Input
): Promise<readonly Piece[]> {
  const args = ['rev-list', '--objects', '--no-object-names', headSha, '--not']
  const { stdout } = await runGit(space, folder, [...args, baseOf(run), defaultOf(run)])
  const shas = stdout.toString('latin1').split('\n').filter(Boolean)
  const objects = await describeObjects(space, folder, shas)
  const scanned = objects.filter(({ kind }) => kind !== 'tree')
  // Too many already: their paths would not be shown.
  const paths = scanned.length > maxCount ? null : await readPaths(space, folder, scanned)
  return scanned.flatMap(object => {
    // A commit; or a blob that git counts as new though no new commit brings it: scanned anyway.
    const unnamed = `${object.kind} ${object.sha.slice(0, 7)}`
    return [...(paths?.get(object.sha) ?? [unnamed])].map(path => ({ ...object, path }))
  })
}

async function readPaths(
  space: GitSpace,
  folder: string,
  objects: readonly ObjectFacts[]
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const fresh = new Set(objects.filter(({ kind }) => kind === 'blob').map(({ sha }) => sha))
  const commits = objects.filter(({ kind }) => kind === 'commit').map(({ sha }) => sha)
  const paths = new Map<string, Set<string>>()
  for (const { path, blob } of await readEntries(space, folder, { commits, each: true })) {
    if (blob === null || !fresh.has(blob)) continue
    const known = paths.get(blob) ?? new Set<string>()
    paths.set(blob, known.add(path.toString('utf8')))
  }
  return paths
}

/**
 * Null for a binary file: a NUL in the first 8,000 bytes, as git itself tells it. Only such a file
 * may be UTF-16, so that the mark alone does not hide a text of bytes.
 */
function textOf(content: Buffer): string | null {
  if (!content.subarray(0, 8000).includes(0)) return content.toString('utf8')
  const mark = content.subarray(0, 2).toString('hex')
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(content)
  return mark === 'feff' ? new TextDecoder('utf-16be').decode(content) : null
}

/** The header may hold anything too, such as a name; behind the message, so that lines count from its first. */
function messageFirst(content: Buffer): string {
  const text = content.toString('utf8')
  const end = text.indexOf('\n\n')
  return end === -1 ? text : `${text.slice(end + 2)}\n\n${text.slice(0, end)}\n`
}
