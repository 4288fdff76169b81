/** What a run merges in from the default branch is not its own; what it makes of it is. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { createSecretScanner } from '#app/adapters/secretlint/create-secret-scanner.ts'
import { decideGate, type GateVerdict, PUSH_LIMITS } from '#app/core/policy/gate.ts'
import { checkWriteScope, DEFAULT_PROTECTED_PATHS } from '#app/core/policy/write-scope.ts'
import { checkout, commitFile, git } from '#app/testing/git-checkout.ts'
import {
  type GitStoreBench,
  type StoreRun,
  startGitStoreBench
} from '#app/testing/git-store-bench.ts'

jest.setTimeout(30_000)

const CI = '.github/workflows/ci.yml'
const OLD = '.github/workflows/old.yml'
const WORKFLOW = 'on: push\njobs:\n  a: {}\n'
const GATE = { changedFiles: 20, changedBytes: 10_000, fileBytes: 5000 }
const PERSON = {
  GIT_AUTHOR_NAME: 'P',
  GIT_AUTHOR_EMAIL: 'p@example.org',
  GIT_COMMITTER_NAME: 'P',
  GIT_COMMITTER_EMAIL: 'p@example.org'
}

let stage: GitStoreBench
let run: StoreRun
/** The run's tree, and that of a person who works on main. */
let mine: string
let theirs: string

beforeAll(async () => {
  stage = await startGitStoreBench()
})

beforeEach(async () => {
  theirs = await checkout(stage.github, 'main')
  await write(theirs, CI, WORKFLOW)
  await write(theirs, OLD, 'on: push\n')
  await commitAll(theirs)
  await push(theirs)
  run = await stage.nextRun()
  mine = await checkout(stage.github, run.branch)
  await commitFile(mine, { path: `mine-${run.run}.txt`, text: 'mine\n' })
})

afterAll(() => stage.github.close())

async function write(tree: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true })
  await writeFile(join(tree, path), text)
}

async function commitAll(tree: string): Promise<void> {
  await git(tree, ['add', '--all'])
  await git(tree, ['commit', '--quiet', '--allow-empty', '-m', 'Work'], PERSON)
}

async function push(tree: string): Promise<void> {
  await git(tree, ['push', '--quiet', 'origin', 'HEAD:refs/heads/main'])
}

/** Main gets a changed workflow, one workflow fewer, and a file that is large and holds a secret. */
async function moveMain(): Promise<void> {
  await write(theirs, CI, `${WORKFLOW}  b: {}\n`)
  await rm(join(theirs, OLD))
  const secret = `ghp_${randomBytes(18).toString('hex')}`
  await write(theirs, `fixture-${run.run}.txt`, `${secret}\n${'x'.repeat(6000)}\n`)
  await commitAll(theirs)
  await push(theirs)
}

async function mergeMain(...options: readonly string[]): Promise<void> {
  await git(mine, ['fetch', '--quiet', 'origin', 'main'])
  await git(mine, ['merge', '--quiet', '--no-edit', ...options, 'FETCH_HEAD'], PERSON)
}

/** As the gate judges a dev run. */
async function judge(changes: { readonly defaultRef?: string } = {}): Promise<GateVerdict> {
  const facts = await run.takeIn(await run.bundleOf(mine), changes)
  const pushed = await stage.store.readPushed(stage.github.repository, {
    run: run.run,
    headSha: facts.headSha,
    maxBytes: GATE.fileBytes,
    maxCount: PUSH_LIMITS.count,
    maxTotalBytes: PUSH_LIMITS.bytes
  })
  return decideGate({
    changes: facts.changes,
    pushed,
    violations: checkWriteScope(
      { allow: ['**'], protect: true },
      DEFAULT_PROTECTED_PATHS,
      facts.changes
    ),
    findings: await createSecretScanner().scan(pushed.texts),
    limits: GATE
  })
}

test('a merge of main passes, whatever people changed there', async () => {
  await moveMain()
  await mergeMain()
  expect(await judge()).toEqual({ ok: true })
  const facts = await run.takeIn(await run.bundleOf(mine))
  expect(facts).toMatchObject({ commits: 3, fromDefault: 3 })
  expect(facts.changes.map(({ path }) => path)).toEqual([`mine-${run.run}.txt`])
})

test('it passes too when main has gone on since in other files', async () => {
  await moveMain()
  await mergeMain()
  await commitFile(theirs, { path: `later-${run.run}.txt`, text: 'later\n' })
  await push(theirs)
  expect(await judge()).toEqual({ ok: true })
})

const refused: ReadonlyArray<readonly [string, () => Promise<void>, string]> = [
  [
    'an edit of the merged workflow in a commit of its own',
    async () => {
      await mergeMain()
      await commitFile(mine, { path: CI, text: `${WORKFLOW}  evil: {}\n` })
    },
    CI
  ],
  [
    'an edit of the merged workflow within the merge',
    async () => {
      await mergeMain('--no-commit')
      await write(mine, CI, `${WORKFLOW}  b: {}\n  evil: {}\n`)
      await commitAll(mine)
    },
    CI
  ],
  [
    'another mode of the merged workflow',
    async () => {
      await mergeMain()
      await chmod(join(mine, CI), 0o755)
      await commitAll(mine)
    },
    CI
  ],
  [
    'the merged workflow at another path',
    async () => {
      await mergeMain()
      await git(mine, ['mv', CI, '.github/workflows/moved.yml'])
      await commitAll(mine)
    },
    CI
  ],
  [
    'a workflow that main has and the run takes away',
    async () => {
      await mergeMain()
      await git(mine, ['rm', '--quiet', CI])
      await commitAll(mine)
    },
    CI
  ],
  [
    'a workflow that main took away and the run brings back in another form',
    async () => {
      await mergeMain()
      await commitFile(mine, { path: OLD, text: 'on: pull_request\n' })
    },
    OLD
  ]
]

test.each(refused)('%s is the run’s own change', async (_what, work, path) => {
  await moveMain()
  await work()
  const verdict = await judge()
  expect(verdict).toMatchObject({ reason: 'scope_violation' })
  expect('paths' in verdict && verdict.paths).toContain(path)
})

test('a conflict that is resolved to something else than main’s file is refused', async () => {
  await commitFile(mine, { path: CI, text: `${WORKFLOW}  mine: {}\n` })
  await moveMain()
  await expect(mergeMain()).rejects.toThrow()
  await write(mine, CI, `${WORKFLOW}  b: {}\n  mine: {}\n`)
  await commitAll(mine)
  expect(await judge()).toMatchObject({ reason: 'scope_violation', paths: [CI] })
})

test('a conflict that is resolved to main’s file passes', async () => {
  await commitFile(mine, { path: CI, text: `${WORKFLOW}  mine: {}\n` })
  await moveMain()
  await expect(mergeMain()).rejects.toThrow()
  await git(mine, ['checkout', '--quiet', '--theirs', CI])
  await commitAll(mine)
  expect(await judge()).toEqual({ ok: true })
})

test('what main held once but holds no longer is the run’s', async () => {
  await moveMain()
  await mergeMain()
  await commitFile(theirs, { path: CI, text: `${WORKFLOW}  c: {}\n` })
  await push(theirs)
  expect(await judge()).toMatchObject({ reason: 'scope_violation', paths: [CI] })
})

test('a secret beside a merge of main is found', async () => {
  await moveMain()
  await mergeMain()
  const secret = `ghp_${randomBytes(18).toString('hex')}`
  await commitFile(mine, { path: 'leak.txt', text: `${secret}\n` })
  await git(mine, ['rm', '--quiet', 'leak.txt'])
  await commitAll(mine)
  expect(await judge()).toMatchObject({ reason: 'secret_found', paths: ['leak.txt'] })
})

test('a branch that looks like main to the agent alone excuses nothing', async () => {
  await moveMain()
  await commitFile(mine, { path: CI, text: `${WORKFLOW}  evil: {}\n` })
  await git(mine, ['update-ref', 'refs/heads/main', 'HEAD'])
  await git(mine, ['update-ref', 'refs/remotes/origin/main', 'HEAD'])
  expect(await judge()).toMatchObject({ reason: 'scope_violation', paths: [CI] })
})

test('without the default branch on GitHub every change is the run’s, though we saw it before', async () => {
  await moveMain()
  await git(theirs, ['push', '--quiet', 'origin', 'HEAD:refs/heads/trunk'])
  await mergeMain()
  expect(await judge({ defaultRef: 'refs/heads/trunk' })).toEqual({ ok: true })
  await git(theirs, ['push', '--quiet', 'origin', ':refs/heads/trunk'])
  const verdict = await judge({ defaultRef: 'refs/heads/trunk' })
  expect(verdict).toMatchObject({ reason: 'scope_violation' })
  expect('paths' in verdict && [...verdict.paths].sort()).toEqual([CI, OLD])
})
