/** From a runner's bundle to checked objects in our own repository. */
import { AppError, hasCode } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import type { BundleFacts, GitStore } from '#app/ports/gate.ts'
import { invalid, readBundleHeader } from './bundle-header.ts'
import { readChanges } from './changes.ts'
import { baseOf, defaultOf, headOf, seenRef } from './refs.ts'
import { isMissingRef, type Remote, remoteError } from './remote.ts'
import { type GitSpace, lastLines, runGit } from './run-git.ts'

export type TakeInInput = Parameters<GitStore['takeIn']>[1]

const SHA = /^[0-9a-f]{40}$/

/**
 * Reads the header, fetches the default branch and the base, takes the pack in object by object (`index-pack --strict`
 * checks form and links) and only then sets the run's refs. Nothing refers to objects of a bundle
 * that was refused.
 */
export async function takeBundleIn(
  space: GitSpace,
  folder: string,
  work: { readonly repository: Repository; readonly remote: Remote; readonly input: TakeInInput }
): Promise<BundleFacts> {
  const { input, remote, repository } = work
  const header = readBundleHeader(input.bundle)
  const wanted = `refs/heads/${input.branch}`
  const others = header.refs.filter(ref => ref.name !== wanted).map(ref => ref.name)
  if (others.length > 0) {
    throw invalid(`it holds ${others.slice(0, 5).join(', ')}; only ${wanted} may be in it`)
  }
  const [ref, second] = header.refs
  if (ref === undefined) throw invalid(`it does not hold ${wanted}`)
  if (second !== undefined) throw invalid(`it holds ${wanted} twice`)
  if (!SHA.test(input.baseSha)) throw invalid('the run has no base commit')

  const fetched = await fetchDefault(space, folder, { repository, remote, input })
  await fetchBase(space, folder, { repository, remote, input })
  for (const sha of header.prerequisites) {
    if (!(await hasCommit(space, folder, sha))) {
      throw invalid(
        `it builds on commit ${sha}, which is neither in ${input.baseRef} nor in the bundle; ` +
          'bring that branch to GitHub first, or leave it out of the work'
      )
    }
  }
  await indexPack(space, folder, input.bundle.subarray(header.packStart))
  const range = { base: input.baseSha, head: ref.sha }
  await checkHistory(space, folder, range)
  const counted = await runGit(space, folder, [
    'rev-list',
    '--count',
    `${range.base}..${range.head}`
  ])
  const known = fetched ?? range.base
  const { changes, fromDefault } = await readChanges(space, folder, { ...range, known })
  const refs = [
    [headOf(input.run), range.head],
    [baseOf(input.run), range.base],
    [defaultOf(input.run), known]
  ]
  await runGit(space, folder, ['update-ref', '--stdin'], {
    input: refs.map(([name, sha]) => `update ${name} ${sha}\n`).join('')
  })
  return {
    headSha: range.head,
    commits: Number(counted.stdout.toString('latin1')),
    changes,
    fromDefault
  }
}

interface FetchWork {
  readonly repository: Repository
  readonly remote: Remote
  readonly input: TakeInInput
}

/**
 * The default branch's head on GitHub now; null when it is not there. Never what we saw of it before:
 * what is told as merged from it must be there.
 */
async function fetchDefault(
  space: GitSpace,
  folder: string,
  { repository, remote, input }: FetchWork
): Promise<string | null> {
  const branch = input.defaultRef.replace(/^refs\/heads\//, '')
  const fetched = await fetch(space, folder, remote, `+refs/heads/${branch}:${seenRef(branch)}`)
  if (fetched.code !== 0) {
    if (isMissingRef(fetched.stderr)) return null
    throw remoteError(`fetching ${branch} of ${fullName(repository)}`, fetched.stderr)
  }
  const args = ['rev-parse', '--verify', `${seenRef(branch)}^{commit}`]
  const { stdout } = await runGit(space, folder, args)
  return stdout.toString('latin1').trim()
}

/** Makes sure that the run's base commit is here; brings `baseRef` up to date when it is not. */
async function fetchBase(space: GitSpace, folder: string, work: FetchWork): Promise<void> {
  const { remote, input } = work
  if (await hasCommit(space, folder, input.baseSha)) return
  const branch = input.baseRef.replace(/^refs\/heads\//, '')
  const fetched = await fetch(space, folder, remote, `+refs/heads/${branch}:${seenRef(branch)}`)
  if (fetched.code !== 0 && !isMissingRef(fetched.stderr)) {
    throw remoteError(`fetching ${branch} of ${fullName(work.repository)}`, fetched.stderr)
  }
  if (await hasCommit(space, folder, input.baseSha)) return
  // The branch was rewritten or deleted since; GitHub still gives a commit by its name.
  const exact = await fetch(space, folder, remote, `+${input.baseSha}:${seenRef(input.baseSha)}`)
  if (exact.code === 0 && (await hasCommit(space, folder, input.baseSha))) return
  throw invalid(
    `commit ${input.baseSha}, which the run started from, is no longer in ${branch} of ${fullName(work.repository)}; start the run again`
  )
}

async function fetch(space: GitSpace, folder: string, remote: Remote, refspec: string) {
  const { url, authorization } = await remote.open('reader')
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-gc',
    url,
    refspec
  ]
  return runGit(space, folder, args, { credential: { url, authorization }, codes: [0, 1, 128] })
}

export async function hasCommit(space: GitSpace, folder: string, sha: string): Promise<boolean> {
  const answer = await runGit(space, folder, ['cat-file', '-e', `${sha}^{commit}`], {
    codes: [0, 1, 128]
  })
  return answer.code === 0
}

/** A pack of a few kilobytes can unfold to gigabytes: git may take this much, then the bundle is refused. */
const PACK_MEMORY_KB = 2 * 1024 * 1024

async function indexPack(space: GitSpace, folder: string, pack: Buffer): Promise<void> {
  if (pack.length === 0) throw invalid('its pack is missing')
  const args = ['index-pack', '--stdin', '--fix-thin', '--strict']
  const call = { input: pack, codes: [-1, 0, 1, 128], memoryKb: PACK_MEMORY_KB }
  const answer = await runGit(space, folder, args, call)
  if (answer.code === 0) return
  throw invalid(`its pack is broken or cut off: ${lastLines(answer.stderr)}`)
}

/** Everything the head needs is here, and the base is among its ancestors. */
async function checkHistory(
  space: GitSpace,
  folder: string,
  range: { readonly base: string; readonly head: string }
): Promise<void> {
  if (!(await hasCommit(space, folder, range.head))) {
    throw invalid(`it names commit ${range.head}, but does not hold it`)
  }
  const args = ['rev-list', '--objects', '--quiet', range.head, '--not', '--all', range.base]
  const links = await runGit(space, folder, args, { codes: [0, 1, 128] })
  if (links.code !== 0) throw invalid(`objects are missing in it: ${lastLines(links.stderr)}`)
  try {
    const based = ['merge-base', '--is-ancestor', range.base, range.head]
    const answer = await runGit(space, folder, based, { codes: [0, 1] })
    if (answer.code === 0) return
  } catch (error) {
    if (!hasCode(error, 'GIT')) throw error
    throw new AppError('BUNDLE_INVALID', "taking in the run's bundle: its history cannot be read", {
      cause: error
    })
  }
  throw invalid(
    `its head ${range.head} is not based on ${range.base}, the commit the run started from; commit on top of it`
  )
}
