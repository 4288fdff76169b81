/** A small change as a bundle, on a real clone through the app. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { AttemptSpec, RunnerJob } from '#app/core/attempt.ts'

export interface Change {
  readonly bytes: Buffer
  readonly sha256: string
  readonly headSha: string
}

/** Clones `baseRef`, commits the files on the run's branch, answers the bundle `baseSha..branch`. */
export async function makeChange(
  spec: AttemptSpec,
  job: RunnerJob & { readonly path: string },
  change: { readonly files: Readonly<Record<string, string | null>>; readonly message?: string }
): Promise<Change> {
  const tree = await mkdtemp(join(tmpdir(), 'scripted-'))
  const git = (...args: string[]): Promise<string> => runGit(spec, job, tree, args)
  try {
    await git('init', '-q', '--template=', '-b', job.branch)
    await git('fetch', '-q', '--no-tags', `${spec.appUrl}/api/v1/runner/git`, job.baseRef)
    await git('checkout', '-q', '-B', job.branch, job.baseSha)
    for (const [path, text] of Object.entries(change.files)) {
      const file = join(tree, path)
      if (text === null) await rm(file, { force: true })
      else {
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
    }
    await git('add', '-A')
    await git('commit', '-q', '-m', change.message ?? job.commitSubject)
    const bundle = join(tree, '.git', 'changes.bundle')
    await git('bundle', 'create', '-q', bundle, `^${job.baseSha}`, `refs/heads/${job.branch}`)
    const bytes = await readFile(bundle)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { bytes, sha256, headSha: (await git('rev-parse', 'HEAD')).trim() }
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

async function runGit(
  spec: AttemptSpec,
  job: RunnerJob & { readonly path: string },
  cwd: string,
  args: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, {
    cwd,
    env: {
      PATH: job.path,
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: job.author.name,
      GIT_AUTHOR_EMAIL: job.author.email,
      GIT_COMMITTER_NAME: job.author.name,
      GIT_COMMITTER_EMAIL: job.author.email,
      // By environment: a token in argv could be read by every user of the machine.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Bearer ${spec.token}`
    }
  })
  return stdout
}
