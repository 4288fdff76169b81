/** Commits, trees and blobs as GraphQL sees them, read from git when they are asked for. */
import {
  readBlob,
  readCommit,
  readTree,
  resolveCommit,
  type TreeEntry
} from '#app/sandbox/git/read.ts'
import type { Repository } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'

/** GitHub cuts the text of a larger blob and says so; docs: object Blob, `isTruncated`. */
const MOST_TEXT = 512 * 1024

/** One repository for one query. */
export interface Place {
  readonly world: World
  readonly repository: Repository
}

/** The object of an expression such as `HEAD:docs` or `main`, or of a commit's sha; null for none. */
export async function objectAt(
  place: Place,
  asked: { readonly expression?: string | null; readonly oid?: string | null }
) {
  const [rev = '', ...rest] = (asked.expression ?? asked.oid ?? '').split(':')
  const { world, repository } = place
  const name = rev === 'HEAD' ? repository.defaultBranch : rev
  const commit = await resolveCommit(world.git, repository.folder, name)
  if (commit === null) return null
  if (rest.length === 0) return commitObject(place, commit)
  const path = rest.join(':').replace(/^\/+|\/+$/g, '')
  if (path === '') return rootTree(place, commit)
  const parent = path.split('/').slice(0, -1).join('/')
  const siblings = await readTree(world.git, repository.folder, { commit, path: parent })
  const entry = siblings?.find(one => one.name === path.split('/').at(-1))
  return entry === undefined ? null : entryObject(place, entry, path)
}

export function commitObject(place: Place, sha: string) {
  const commit = () => readCommit(place.world.git, place.repository.folder, sha)
  return {
    ...identity('Commit', 'C', sha),
    message: async () => (await commit()).message,
    tree: () => rootTree(place, sha)
  }
}

async function rootTree(place: Place, commit: string) {
  const { tree } = await readCommit(place.world.git, place.repository.folder, commit)
  return treeObject(place, tree, '')
}

function treeObject(place: Place, sha: string, path: string) {
  return {
    ...identity('Tree', 'T', sha),
    async entries() {
      const { world, repository } = place
      const entries = await readTree(world.git, repository.folder, { commit: sha, path: '' })
      return (entries ?? []).map(entry => {
        const full = path === '' ? entry.name : `${path}/${entry.name}`
        return {
          mode: Number.parseInt(entry.mode, 8),
          name: entry.name,
          oid: entry.sha,
          path: full,
          size: entry.size,
          type: entry.type,
          object: () => entryObject(place, entry, full)
        }
      })
    }
  }
}

function entryObject(place: Place, entry: TreeEntry, path: string) {
  if (entry.type === 'tree') return treeObject(place, entry.sha, path)
  if (entry.type === 'blob') return blobObject(place, entry)
  // A submodule's commit is in another repository.
  return null
}

async function blobObject(place: Place, { sha }: TreeEntry) {
  const content = await readBlob(place.world.git, place.repository.folder, sha)
  const isBinary = content.subarray(0, 8000).includes(0)
  return {
    ...identity('Blob', 'B', sha),
    byteSize: content.length,
    isBinary,
    isTruncated: content.length > MOST_TEXT,
    text: isBinary ? null : content.subarray(0, MOST_TEXT).toString('utf8')
  }
}

function identity(type: string, prefix: string, sha: string) {
  const id = nodeId(prefix, Number.parseInt(sha.slice(0, 12), 16))
  return { __typename: type, id, oid: sha, abbreviatedOid: sha.slice(0, 7) }
}
