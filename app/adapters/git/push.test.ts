import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
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
let stage: GitStoreBench
let branch: string
let run: string
let baseSha: string
let bundleOf: StoreRun['bundleOf']
let takenIn: StoreRun['takenIn']
let pushTaken: StoreRun['push']

beforeAll(async () => {
  stage = await startGitStoreBench()
  bench = stage.github
})

beforeEach(async () => {
  const next = await stage.nextRun()
  ;({ branch, run, baseSha, bundleOf, takenIn, push: pushTaken } = next)
})

afterEach(() => bench.sandbox.faults.clear())

afterAll(() => bench.close())

test('the head is pushed as the App, and pushing it again is a success', async () => {
  const { headSha } = await takenIn()
  await pushTaken(headSha)
  expect(await bench.github.head(bench.repository, branch)).toBe(headSha)
  await pushTaken(headSha)
  await bench.sandbox.settled()
  expect(bench.log.entries.filter(({ level }) => level === 'error')).toEqual([])
})

test('a push whose answers were lost is found done when it is tried again', async () => {
  const { headSha } = await takenIn()
  bench.sandbox.faults.loseAnswer({ method: 'POST', path: /git-receive-pack$/, times: 1 })
  // Git itself sends again on a broken connection, and is told that the branch is there by now.
  await pushTaken(headSha)
  expect(await bench.github.head(bench.repository, branch)).toBe(headSha)
  await pushTaken(headSha)
  expect(await bench.github.head(bench.repository, branch)).toBe(headSha)
})

test('a GitHub that gives no answer is tried again later', async () => {
  const { headSha } = await takenIn()
  bench.sandbox.faults.loseAnswer({ method: 'GET', path: /info\/refs/, times: 9 })
  await expect(pushTaken(headSha)).rejects.toMatchObject({ code: 'GIT' })
  expect(await bench.github.head(bench.repository, branch)).toBeNull()
})

test('a push is done when a person has built upon it since', async () => {
  const { headSha, tree } = await takenIn()
  await pushTaken(headSha)
  const next = await commitFile(tree, { path: 'person.txt', text: 'mine\n' })
  await git(tree, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`])
  await pushTaken(headSha)
  expect(await bench.github.head(bench.repository, branch)).toBe(next)
})

test('a branch that someone else moved is not overwritten', async () => {
  const { headSha } = await takenIn()
  const tree = await checkout(bench, branch)
  const theirs = await commitFile(tree, { path: 'person.txt', text: 'first\n' })
  await git(tree, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`])
  await expect(pushTaken(headSha)).rejects.toMatchObject({ code: 'BRANCH_TAKEN' })
  await expect(pushTaken(headSha, baseSha)).rejects.toMatchObject({ code: 'BRANCH_TAKEN' })
  expect(await bench.github.head(bench.repository, branch)).toBe(theirs)
})

test('starting again replaces exactly the head that was looked at, or a branch that is gone', async () => {
  const tree = await checkout(bench, branch)
  const old = await commitFile(tree, { path: 'old.txt', text: 'old\n' })
  await git(tree, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`])
  const { headSha } = await takenIn()
  await pushTaken(headSha, old)
  expect(await bench.github.head(bench.repository, branch)).toBe(headSha)
  await pushTaken(headSha, old)
  await git(tree, ['push', '--quiet', 'origin', `:refs/heads/${branch}`])
  await pushTaken(headSha, old)
  expect(await bench.github.head(bench.repository, branch)).toBe(headSha)
})

test('an App without contents: write is refused with what it needs', async () => {
  const { headSha } = await takenIn()
  const reader = createGitStore({
    folder: stage.folder,
    access: { git: repository => bench.github.git(repository, 'reader') }
  })
  const pushing = reader.push(bench.repository, { run, branch, headSha, replace: null })
  await expect(pushing).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    fields: { hint: expect.stringContaining('contents: write') }
  })
})

test('neither the arguments nor the files of git hold a token', async () => {
  const seen: string[] = []
  const folder = join(bench.folder, 'watched')
  const { tools, calls } = await watchedGit()
  const watched = createGitStore({
    folder,
    path: tools,
    access: {
      git: async (repository, access) => {
        const granted = await bench.github.git(repository, access)
        seen.push(granted.authorization.split(' ')[1] ?? '')
        return granted
      }
    }
  })
  const tree = await checkout(bench, branch)
  await commitFile(tree, { path: 'fix.txt', text: 'x\n' })
  const refs = { baseRef: 'main', baseSha, defaultRef: 'refs/heads/main', branch }
  const input = { ...refs, bundle: await bundleOf(tree), run }
  const { headSha } = await watched.takeIn(bench.repository, input)
  await watched.push(bench.repository, { run, branch, headSha, replace: null })
  expect(seen).toHaveLength(2)
  const said = await readFile(calls, 'latin1')
  expect(said).toContain(` push --porcelain `)
  for (const secret of seen) expect(said).not.toContain(secret)
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const text = await readFile(join(file.parentPath, file.name), 'latin1')
    for (const secret of seen) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(Buffer.from(secret, 'base64').toString('utf8').split(':')[1])
    }
  }
})

/** A search path on which `git` writes its arguments down before it starts the real one. */
async function watchedGit(): Promise<{ readonly tools: string; readonly calls: string }> {
  const tools = join(bench.folder, 'tools')
  const calls = join(bench.folder, 'calls.txt')
  await mkdir(tools)
  const script = `#!/bin/sh\necho "$*" >> '${calls}'\nPATH='${env.PATH}' exec git "$@"\n`
  await writeFile(join(tools, 'git'), script)
  await chmod(join(tools, 'git'), 0o755)
  return { tools, calls }
}
