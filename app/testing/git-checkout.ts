/** Real git in a test: clones, commits and bundles, away from this machine's settings. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { promisify } from 'node:util'
import type { GitHubBench } from './github-bench.ts'

const run = promisify(execFile)

export interface GitPerson {
  readonly name: string
  readonly email: string
}

/** Standard output, trimmed. Rejects with git's own words. */
export async function git(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Promise<string> {
  const { stdout } = await run('git', [...args], {
    cwd: folder,
    env: {
      PATH: env.PATH,
      HOME: folder,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      ...environment
    }
  })
  return stdout.trim()
}

/** A clone of the bench's repository as its owner, on a new branch from `from` (default: main). */
export async function checkout(bench: GitHubBench, branch: string, from = 'main'): Promise<string> {
  const tree = await mkdtemp(join(bench.folder, 'tree-'))
  const { owner, name } = bench.repository
  const url = new URL(`${bench.sandbox.url}/${owner}/${name}.git`)
  url.username = owner
  url.password = bench.owner.token
  await git(tree, ['clone', '--quiet', '--branch', from, url.href, '.'])
  if (branch !== from) await git(tree, ['checkout', '--quiet', '-B', branch])
  return tree
}

const AGENT: GitPerson = { name: 'Agent', email: 'agent@example.org' }

/** Returns the new head. */
export async function commitFile(
  tree: string,
  change: {
    readonly path: string
    readonly text: string | Buffer
    readonly author?: GitPerson
    readonly committer?: GitPerson
  }
): Promise<string> {
  const { author = AGENT, committer = AGENT } = change
  const file = join(tree, change.path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, change.text)
  await git(tree, ['add', '--all'])
  await git(tree, ['commit', '--quiet', '-m', `Change ${change.path}`], {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email
  })
  return git(tree, ['rev-parse', 'HEAD'])
}
