/** A sandbox, the real git store on it, and a new run with a branch of its own for each test. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGitStore } from '#app/adapters/git/create-git-store.ts'
import type { BundleFacts, GitStore } from '#app/ports/gate.ts'
import { checkout, commitFile, git } from './git-checkout.ts'
import { type GitHubBench, startGitHubBench } from './github-bench.ts'

export interface StoreRun {
  readonly branch: string
  readonly run: string
  /** Head of main when the run began. */
  readonly baseSha: string
  /** `git bundle create` of what is on the branch beyond the base, or of `what`. */
  bundleOf(tree: string, ...what: readonly string[]): Promise<Buffer>
  takeIn(
    bundle: Buffer,
    changes?: { readonly baseSha?: string; readonly defaultRef?: string }
  ): Promise<BundleFacts>
  /** One commit on the branch, taken in. */
  takenIn(): Promise<BundleFacts & { readonly tree: string }>
  push(headSha: string, replace?: string | null): Promise<void>
}

export interface GitStoreBench {
  readonly github: GitHubBench
  readonly store: GitStore
  /** Where the store has its bare repositories. */
  readonly folder: string
  nextRun(): Promise<StoreRun>
}

export async function startGitStoreBench(): Promise<GitStoreBench> {
  const github = await startGitHubBench()
  const { repository } = github
  const folder = join(github.folder, 'store')
  const store = createGitStore({ folder, access: github.github })
  let last = 0

  async function nextRun(): Promise<StoreRun> {
    last += 1
    const branch = `stagewright/issue-${last}`
    const run = `run${last}`
    const baseSha = (await github.github.head(repository, 'main')) ?? ''

    const bundleOf: StoreRun['bundleOf'] = async (tree, ...what) => {
      const file = join(tree, '.git', 'run.bundle')
      const range = what.length > 0 ? what : [`^${baseSha}`, `refs/heads/${branch}`]
      await git(tree, ['bundle', 'create', '-q', file, ...range])
      return readFile(file)
    }
    const takeIn: StoreRun['takeIn'] = (bundle, changes = {}) =>
      store.takeIn(repository, {
        bundle,
        baseRef: 'refs/heads/main',
        baseSha,
        defaultRef: 'refs/heads/main',
        branch,
        run,
        ...changes
      })
    return {
      branch,
      run,
      baseSha,
      bundleOf,
      takeIn,
      async takenIn() {
        const tree = await checkout(github, branch)
        await commitFile(tree, { path: 'fix.txt', text: `fixed by ${run}\n` })
        return { ...(await takeIn(await bundleOf(tree))), tree }
      },
      push: (headSha, replace = null) => store.push(repository, { run, branch, headSha, replace })
    }
  }

  return { github, store, folder, nextRun }
}
