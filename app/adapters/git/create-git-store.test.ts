import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { GitStore } from '#app/ports/gate.ts'
import { checkout, commitFile, git } from '#app/testing/git-checkout.ts'
import {
  type GitStoreBench,
  type StoreRun,
  startGitStoreBench
} from '#app/testing/git-store-bench.ts'
import type { GitHubBench } from '#app/testing/github-bench.ts'
import { createGitStore } from './create-git-store.ts'

jest.setTimeout(30_000)

let bench: GitHubBench
let store: GitStore
let stage: GitStoreBench
let branch: string
let run: string
let baseSha: string
let bundleOf: StoreRun['bundleOf']
let takeIn: StoreRun['takeIn']
let takenIn: StoreRun['takenIn']
let pushTaken: StoreRun['push']

beforeAll(async () => {
  stage = await startGitStoreBench()
  bench = stage.github
  store = stage.store
})

beforeEach(async () => {
  const next = await stage.nextRun()
  ;({ branch, run, baseSha, bundleOf, takeIn, takenIn, push: pushTaken } = next)
})

afterAll(() => bench.close())

test('a good bundle is taken in, and every kind of change is told', async () => {
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'src/new file.js', text: 'export {}\n' })
  await commitFile(tree, { path: 'src/add.js', text: 'export const add = (a, b) => a + b\n' })
  await git(tree, ['mv', 'README.md', 'ЧИТАЙ.md'])
  await git(tree, ['update-index', '--add', '--cacheinfo', `160000,${baseSha},vendored`])
  const link = await git(tree, ['hash-object', '-w', 'src/add.js'])
  await git(tree, ['update-index', '--add', '--cacheinfo', `120000,${link},link`])
  await git(tree, ['update-index', '--chmod=+x', 'src/new file.js'])
  const headSha = await commitIndex(tree)
  const facts = await takeIn(await bundleOf(tree))
  expect(facts).toMatchObject({ headSha, commits: 3 })
  expect([...facts.changes].sort((a, b) => a.path.localeCompare(b.path, 'en'))).toEqual([
    { path: 'link', status: 'added', mode: '120000', bytes: 35 },
    { path: 'README.md', status: 'deleted', mode: '000000', bytes: 0 },
    { path: 'src/add.js', status: 'modified', mode: '100644', bytes: 35 },
    { path: 'src/new file.js', status: 'added', mode: '100755', bytes: 10 },
    { path: 'vendored', status: 'added', mode: '160000', bytes: 0 },
    { path: 'ЧИТАЙ.md', status: 'added', mode: '100644', bytes: 9 }
  ])
})

const AUTHOR = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org'
}

async function commitIndex(tree: string): Promise<string> {
  await git(tree, ['commit', '--quiet', '-m', 'The index'], AUTHOR)
  return git(tree, ['rev-parse', 'HEAD'])
}

test('taking the same bundle in again says the same', async () => {
  const { tree, ...facts } = await takenIn()
  expect(await takeIn(await bundleOf(tree))).toEqual(facts)
})

test('several runs of one repository at once do not disturb each other', async () => {
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'fix.txt', text: 'at once\n' })
  const bundle = await bundleOf(tree)
  const second = createGitStore({ folder: stage.folder, access: bench.github })
  const input = { bundle, baseRef: 'main', baseSha, defaultRef: 'refs/heads/main', branch }
  const all = await Promise.all(
    [store, second, store, second].map((one, index) =>
      one.takeIn(bench.repository, { ...input, run: `${run}-${index}` })
    )
  )
  expect(new Set(all.map(({ headSha }) => headSha)).size).toBe(1)
})

test('a merge of newer work from main is fine, as long as the base is below it', async () => {
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'mine.txt', text: 'mine\n' })
  const other = await checkout(bench, 'main')
  await commitFile(other, { path: `theirs-${run}.txt`, text: 'theirs\n' })
  await git(other, ['push', '--quiet', 'origin', 'main'])
  await git(tree, ['fetch', '--quiet', 'origin', 'main'])
  await git(tree, ['merge', '--quiet', '--no-edit', 'FETCH_HEAD'], AUTHOR)
  expect(await takeIn(await bundleOf(tree))).toMatchObject({ commits: 3 })
})

const broken: ReadonlyArray<readonly [string, (tree: string) => Promise<Buffer>, RegExp]> = [
  ['nothing at all', async () => Buffer.alloc(0), /it is empty/],
  ['a text', async () => Buffer.from('hello\n\nworld'), /no git bundle/],
  ['a header alone', async tree => (await bundleOf(tree)).subarray(0, 60), /header is cut off/],
  [
    'a pack cut off',
    async tree => {
      const bundle = await bundleOf(tree)
      return bundle.subarray(0, bundle.length - 30)
    },
    /broken or cut off/
  ],
  [
    'a pack with a wrong byte',
    async tree => {
      const bundle = await bundleOf(tree)
      const at = bundle.length - 40
      bundle.writeUInt8(bundle.readUInt8(at) ^ 0xff, at)
      return bundle
    },
    /broken or cut off/
  ],
  [
    'a second branch',
    async tree => {
      await git(tree, ['branch', 'sneaky'])
      return bundleOf(tree, `^${baseSha}`, `refs/heads/${branch}`, 'refs/heads/sneaky')
    },
    /it holds refs\/heads\/sneaky; only refs\/heads\/stagewright\/issue-\d+ may be in it/
  ],
  [
    'a tag',
    async tree => {
      await git(tree, ['tag', 'v1'])
      return bundleOf(tree, `^${baseSha}`, 'refs/tags/v1')
    },
    /refs\/tags\/v1/
  ],
  [
    'a missing prerequisite',
    async tree => {
      const first = await git(tree, ['rev-parse', 'HEAD'])
      await commitFile(tree, { path: 'second.txt', text: '2\n' })
      return bundleOf(tree, `^${first}`, `refs/heads/${branch}`)
    },
    /it builds on commit [0-9a-f]{40}, which is neither in/
  ],
  [
    'history that does not start from the base',
    async tree => {
      await git(tree, ['checkout', '--quiet', '--orphan', 'fresh'])
      await commitIndex(tree)
      await git(tree, ['branch', '-f', branch, 'fresh'])
      return bundleOf(tree, `refs/heads/${branch}`)
    },
    /is not based on [0-9a-f]{40}, the commit the run started from/
  ],
  [
    'a tree that git forbids',
    async tree => {
      const blob = await git(tree, ['hash-object', '-w', 'fix.txt'])
      const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')])
      await writeFile(join(tree, 'entry'), entry)
      const bad = await git(tree, ['hash-object', '-t', 'tree', '-w', '--literally', 'entry'])
      const sha = await git(tree, ['commit-tree', '-p', 'HEAD', '-m', 'bad', bad], AUTHOR)
      await git(tree, ['update-ref', `refs/heads/${branch}`, sha])
      return bundleOf(tree)
    },
    /broken or cut off: .*\.git/
  ]
]

test.each(broken)('a bundle of %s is refused with the reason', async (_what, make, reason) => {
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'fix.txt', text: `${branch}\n` })
  const bundle = await make(tree)
  await expect(takeIn(bundle)).rejects.toMatchObject({
    code: 'BUNDLE_INVALID',
    message: expect.stringMatching(reason)
  })
  await expect(pushTaken(await git(tree, ['rev-parse', branch]))).rejects.toMatchObject({
    code: 'GIT'
  })
})

test('a run whose base is no longer on GitHub is told to start again', async () => {
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'fix.txt', text: 'x\n' })
  const bundle = await bundleOf(tree)
  await expect(takeIn(bundle, { baseSha: 'ab'.repeat(20) })).rejects.toMatchObject({
    code: 'BUNDLE_INVALID',
    message: expect.stringContaining('start the run again')
  })
})

test('what a run left is forgotten, also twice and for a run that was never here', async () => {
  const { headSha } = await takenIn()
  await store.forget(bench.repository, run)
  await store.forget(bench.repository, run)
  await store.forget(bench.repository, 'never-seen')
  await expect(pushTaken(headSha)).rejects.toMatchObject({
    code: 'GIT',
    message: expect.stringContaining('take its bundle in again')
  })
})

test.each(['../escape', '-x', '', 'a/b'])('the id %j is no part of a path', async id => {
  await expect(store.forget(bench.repository, id)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT'
  })
  await expect(store.forget({ ...bench.repository, id }, 'run1')).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT'
  })
})
