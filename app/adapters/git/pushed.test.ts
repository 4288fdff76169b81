import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { createSecretScanner } from '#app/adapters/secretlint/create-secret-scanner.ts'
import type { PushedTexts } from '#app/ports/gate.ts'
import { checkout, commitFile, git } from '#app/testing/git-checkout.ts'
import {
  type GitStoreBench,
  type StoreRun,
  startGitStoreBench
} from '#app/testing/git-store-bench.ts'

jest.setTimeout(30_000)

const LIMITS = { maxBytes: 5_000_000, maxCount: 100, maxTotalBytes: 20_000_000 }
const AUTHOR = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org'
}

const scanner = createSecretScanner()
let stage: GitStoreBench
let run: StoreRun
let tree: string

beforeAll(async () => {
  stage = await startGitStoreBench()
})

beforeEach(async () => {
  run = await stage.nextRun()
  tree = await checkout(stage.github, run.branch)
})

afterAll(() => stage.github.close())

/** Takes in what is on the branch, and tells what a push of it would bring. */
async function pushed(limits: Partial<typeof LIMITS> = {}): Promise<PushedTexts> {
  const { headSha } = await run.takeIn(await run.bundleOf(tree))
  const input = { run: run.run, headSha, ...LIMITS, ...limits }
  return stage.store.readPushed(stage.github.repository, input)
}

/** Random every time, so that this file itself holds no secret. */
function secret(): string {
  return `ghp_${randomBytes(18).toString('hex')}`
}

async function commit(message: string, environment: Record<string, string> = {}): Promise<string> {
  await git(tree, ['add', '--all'])
  await git(tree, ['commit', '--quiet', '--allow-empty', '-m', message], {
    ...AUTHOR,
    ...environment
  })
  return (await git(tree, ['rev-parse', 'HEAD'])).slice(0, 7)
}

async function removeFile(path: string): Promise<void> {
  await rm(join(tree, path))
  await commit(`Remove ${path}`)
}

const placed: ReadonlyArray<readonly [string, (key: string) => Promise<string>]> = [
  [
    'in a commit whose next one takes it away',
    async key => {
      await commitFile(tree, { path: 'src/config.ts', text: `const key = '${key}'\n` })
      await commitFile(tree, { path: 'src/config.ts', text: 'const key = process.env.KEY\n' })
      return 'src/config.ts'
    }
  ],
  [
    'in a file that is removed again',
    async key => {
      await commitFile(tree, { path: 'notes/ключ.txt', text: `${key}\n` })
      await removeFile('notes/ключ.txt')
      return 'notes/ключ.txt'
    }
  ],
  ['in a commit message', async key => `commit ${await commit(`${key} is the key`)}`],
  [
    'in the name of an author',
    async key => `commit ${await commit('Harmless', { GIT_AUTHOR_NAME: key })}`
  ],
  [
    'at the end of a text of 1.5 MB',
    async key => {
      const filler = 'a line of text that is no secret\n'.repeat(46_000)
      await commitFile(tree, { path: 'large.txt', text: `${filler}${key}\n` })
      return 'large.txt'
    }
  ],
  [
    'in a side branch that a merge leaves out',
    async key => {
      await git(tree, ['checkout', '--quiet', '-b', 'side'])
      await commitFile(tree, { path: 'side.txt', text: `${key}\n` })
      await git(tree, ['checkout', '--quiet', run.branch])
      await commitFile(tree, { path: 'mine.txt', text: 'mine\n' })
      await git(tree, ['merge', '--quiet', '--no-edit', '-s', 'ours', 'side'], AUTHOR)
      return 'side.txt'
    }
  ],
  [
    'in a merge commit alone',
    async key => {
      await git(tree, ['checkout', '--quiet', '-b', 'other'])
      await commitFile(tree, { path: 'other.txt', text: 'other\n' })
      await git(tree, ['checkout', '--quiet', run.branch])
      await commitFile(tree, { path: 'mine.txt', text: 'mine\n' })
      await git(tree, ['merge', '--quiet', '--no-commit', 'other'], AUTHOR)
      await writeFile(join(tree, 'evil.txt'), `${key}\n`)
      await commit('Merge')
      await removeFile('evil.txt')
      return 'evil.txt'
    }
  ],
  [
    'in UTF-16',
    async key => {
      await commitFile(tree, { path: 'w.ps1', text: Buffer.from(`\ufeff${key}\n`, 'utf16le') })
      return 'w.ps1'
    }
  ],
  [
    'behind a false mark of UTF-16',
    async key => {
      const text = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`\n${key}\n`)])
      await commitFile(tree, { path: 'marked.txt', text })
      return 'marked.txt'
    }
  ]
]

test.each(placed)('a secret %s is found where it was', async (_where, place) => {
  const path = await place(secret())
  const findings = await scanner.scan((await pushed()).texts)
  expect(findings).toContainEqual({
    path,
    line: expect.any(Number),
    rule: expect.stringMatching(/^github: /)
  })
  expect(new Set(findings.map(finding => finding.path))).toEqual(new Set([path]))
})

test('a commit counts its lines from its message, and a file stands under each of its paths', async () => {
  await commitFile(tree, { path: 'a.txt', text: 'text\n' })
  await git(tree, ['mv', 'a.txt', '.npmrc'])
  const last = await commit('Rename\n\nbecause')
  const { texts, count, large } = await pushed()
  expect({ count, large }).toEqual({ count: 4, large: [] })
  expect(texts.filter(({ text }) => text === 'text\n').map(({ path }) => path)).toEqual(
    expect.arrayContaining(['a.txt', '.npmrc'])
  )
  const message = texts.find(({ path }) => path === `commit ${last}`)?.text
  expect(message).toMatch(/^Rename\n\nbecause\n\n\ntree [0-9a-f]{40}\n/)
})

test('a binary is left out, and a larger file is told, also when it is gone at the head', async () => {
  await commitFile(tree, { path: 'image.bin', text: Buffer.from([1, 0, 2]) })
  await commitFile(tree, { path: 'large.txt', text: 'x'.repeat(2000) })
  await removeFile('large.txt')
  await commitFile(tree, { path: 'limit.txt', text: 'y'.repeat(1000) })
  const { texts, large, count } = await pushed({ maxBytes: 1000 })
  expect(texts.map(({ path }) => path).filter(path => !path.startsWith('commit '))).toEqual([
    'limit.txt'
  ])
  expect(large).toEqual([{ path: 'large.txt', bytes: 2000 }])
  expect(count).toBe(7)
})

test.each([
  ['files and commits', { maxCount: 3 }],
  ['bytes', { maxTotalBytes: 4000 }]
])('more %s than are allowed are not read but counted', async (_what, limit) => {
  await commitFile(tree, { path: 'one.txt', text: 'x'.repeat(2000) })
  await commitFile(tree, { path: 'two.txt', text: 'y'.repeat(2000) })
  const { texts, count, bytes } = await pushed(limit)
  expect(texts).toEqual([])
  expect(count).toBe(4)
  expect(bytes).toBeGreaterThan(4000)
})

test('nothing of what the base holds is read again', async () => {
  await commit('Empty')
  expect((await pushed()).texts.map(({ path }) => path.split(' ')[0])).toEqual(['commit'])
})
