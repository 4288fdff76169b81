/** The agent's worktree: made before it starts, gathered into a bundle after it ended. */
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunnerJob } from '#app/core/attempt.ts'
import { GitFailure, type GitPlace, git, tryGit } from './git.ts'

const FETCH_MS = 30 * 60_000
/** What a restarting app or a cut connection looks like in git's words. */
const PASSING = /error: (408|429|5\d\d)|RPC failed|hung up|early EOF|onnect|timed out|reset by peer/

/** An empty repository in the tree's folder; nothing of the job needs to be known yet. */
export async function initTree(place: GitPlace): Promise<void> {
  await mkdir(place.cwd, { recursive: true })
  await git(place, 'preparing the worktree', ['init', '-q', '--template=', '.'])
}

/** Fetches the base commit through `remote` and stands on the run's branch at it; after `initTree`. */
export async function prepareTree(
  place: GitPlace,
  job: RunnerJob,
  remote: string,
  signal: AbortSignal
): Promise<void> {
  const config = `[remote "origin"]\n\turl = ${remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`
  await appendFile(join(place.cwd, '.git', 'config'), config)
  if (!(await fetch(place, job, { from: job.baseSha, signal }))) {
    await fetch(place, job, { from: job.baseRef, signal })
  }
  const checkout = ['checkout', '-q', '-B', job.branch, job.baseSha]
  try {
    await git(place, 'checking out the worktree', checkout, { signal, timeoutMs: FETCH_MS })
  } catch (error) {
    const found = await tryGit(place, ['cat-file', '-e', `${job.baseSha}^{commit}`])
    if (found.code === 0) throw error
    const where = `${job.baseRef} of ${job.repository}`
    throw new Error(`commit ${job.baseSha} is not in ${where}`, { cause: error })
  }
}

/**
 * By its id a commit comes without a list of the refs before it, and whoever asks for the same one
 * gets the same answer. False when the server gives none by id, or this one is gone.
 */
async function fetch(
  place: GitPlace,
  job: RunnerJob,
  { from, signal }: { readonly from: string; readonly signal: AbortSignal }
): Promise<boolean> {
  const name = job.baseRef.replace(/^refs\/(heads\/)?/, '')
  const args = ['fetch', '-q', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  const refspec = `+${from}:refs/remotes/origin/${name}`
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    const what = `cloning ${job.repository}`
    try {
      await git(place, what, [...args, 'origin', refspec], { signal, timeoutMs: FETCH_MS })
      return true
    } catch (error) {
      if (!(error instanceof GitFailure) || error.diskFull || signal.aborted) throw error
      if (!PASSING.test(error.stderr)) {
        if (from === job.baseRef) throw error
        return false
      }
      await delay(wait, undefined, { signal })
    }
  }
}

/** Commits what the agent left, honouring .gitignore. Answers a warning when the tree was not as we gave it. */
export async function commitLeftovers(place: GitPlace, job: RunnerJob): Promise<string | null> {
  await removeLocks(place, job.branch)
  await git(place, 'adding what the agent left', ['add', '-A'])
  const staged = await tryGit(place, ['diff', '--cached', '--quiet'])
  if (staged.code !== 0) {
    const commit = ['commit', '-q', '--no-verify', '-m', job.commitSubject]
    await git(place, 'committing what the agent left', commit)
  }
  return returnToBranch(place, job.branch)
}

/** An agent that was killed in the middle of a git command leaves its locks. */
async function removeLocks(place: GitPlace, branch: string): Promise<void> {
  const locks = ['index.lock', 'HEAD.lock', `refs/heads/${branch}.lock`]
  await Promise.all(locks.map(lock => rm(join(place.cwd, '.git', lock), { force: true })))
}

/** Work on another branch or a detached head counts when it only adds to the run's branch. */
async function returnToBranch(place: GitPlace, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`
  const head = await tryGit(place, ['symbolic-ref', '-q', 'HEAD'])
  if (head.stdout.trim() === ref) return null
  const where = head.stdout.trim() || 'a detached head'
  const adds = await tryGit(place, ['merge-base', '--is-ancestor', ref, 'HEAD'])
  if (adds.code !== 0) return `the agent left ${where}; only ${branch} is handed over`
  await git(place, 'taking over what the agent committed', ['update-ref', ref, 'HEAD'])
  return `the agent left ${where}; its commits were put on ${branch}`
}

export interface Bundle {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** Head of the run's branch, and a bundle `baseSha..branch` when it moved. */
export async function bundleBranch(
  place: GitPlace,
  job: RunnerJob,
  file: string
): Promise<{ readonly headSha: string; readonly bundle: Bundle | null }> {
  const ref = `refs/heads/${job.branch}`
  const headSha = await git(place, 'reading the branch', ['rev-parse', '--verify', ref])
  if (headSha === job.baseSha) return { headSha, bundle: null }
  const range = [`^${job.baseSha}`, ref]
  const count = await git(place, 'counting commits', ['rev-list', '--count', ...range])
  if (count === '0') return { headSha, bundle: null }
  await git(place, 'making the bundle', ['bundle', 'create', '-q', file, ...range])
  const { size } = await stat(file)
  // Here, not above: most of its loading would come before the agent's start.
  const { createHash } = await import('node:crypto')
  const { bundleBytes } = job.limits
  if (size > bundleBytes) {
    throw new Error(`the changes are too large: ${size} bytes, the limit is ${bundleBytes}`)
  }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return { headSha, bundle: { file, bytes: size, sha256: hash.digest('hex') } }
}
