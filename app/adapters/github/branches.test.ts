import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { checkout, commitFile, git } from '#app/testing/git-checkout.ts'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'

jest.setTimeout(30_000)

let bench: GitHubBench

beforeAll(async () => {
  bench = await startGitHubBench()
})

afterAll(() => bench.close())

/** A clone in which the owner or the App's bot commits, and pushes what he has. */
async function branchWith(
  branch: string,
  commits: ReadonlyArray<{
    readonly author: 'bot' | 'person'
    readonly committer: 'bot' | 'person'
  }>
): Promise<void> {
  const { login, email } = await bench.github.identity()
  const people = {
    bot: { name: login, email },
    person: { name: 'Ada Human', email: 'ada@example.org' }
  }
  const tree = await checkout(bench, branch)
  for (const [index, { author, committer }] of commits.entries()) {
    await commitFile(tree, {
      path: `${branch}-${index}.txt`,
      text: `${index}\n`,
      author: people[author],
      committer: people[committer]
    })
  }
  await git(tree, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`])
}

const bot = { author: 'bot', committer: 'bot' } as const
const person = { author: 'person', committer: 'person' } as const

test.each([
  ['our own commits are nobody else’s', 'ours', [bot, bot], []],
  ['a commit of a person is his', 'theirs', [bot, person], ['Ada Human']],
  [
    'a commit of ours that a person rewrote is his',
    'amended',
    [{ ...bot, committer: 'person' }],
    1
  ],
  ['what we committed for others came through us', 'picked', [{ ...bot, author: 'person' }], []]
] as const)('%s', async (_sentence, branch, commits, expected) => {
  await branchWith(branch, commits)
  const found = await bench.github.foreignAuthors(bench.repository, branch, 'main')
  if (typeof expected === 'number') expect(found).toHaveLength(expected)
  else expect(found).toEqual(expected)
})

test('more commits than a page holds are all looked at', async () => {
  const { login, email } = await bench.github.identity()
  await branchWith('long', [person])
  const tree = await checkout(bench, 'long', 'long')
  for (let count = 0; count < 100; count += 1) {
    await git(tree, ['commit', '--quiet', '--allow-empty', '-m', `${count}`], {
      GIT_AUTHOR_NAME: login,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: login,
      GIT_COMMITTER_EMAIL: email
    })
  }
  await git(tree, ['push', '--quiet', 'origin', 'long'])
  expect(await bench.github.foreignAuthors(bench.repository, 'long', 'main')).toEqual(['Ada Human'])
})

test('a merged branch has no foreign authors left', async () => {
  await branchWith('merged', [person])
  const tree = await checkout(bench, 'merged', 'merged')
  await git(tree, ['push', '--quiet', 'origin', 'merged:main'])
  expect(await bench.github.foreignAuthors(bench.repository, 'merged', 'main')).toEqual([])
})

test('what a person does in the browser is his, though GitHub commits it', async () => {
  const main = await bench.github.head(bench.repository, 'main')
  await bench.asOwner('POST', '/git/refs', { ref: 'refs/heads/browser', sha: main })
  await bench.asOwner('PUT', '/contents/edited.txt', {
    message: 'Edit',
    content: Buffer.from('x').toString('base64'),
    branch: 'browser'
  })
  expect(await bench.github.foreignAuthors(bench.repository, 'browser', 'main')).toEqual([
    'octo-owner'
  ])
})

test('a branch has a head, also with a slash in its name; one that is not there has none', async () => {
  await branchWith('stagewright/issue-1', [bot])
  expect(await bench.github.head(bench.repository, 'stagewright/issue-1')).toMatch(/^[0-9a-f]{40}$/)
  expect(await bench.github.head(bench.repository, 'stagewright/issue-2')).toBeNull()
  expect(await bench.github.head(bench.repository, 'stagewright')).toBeNull()
  expect(await bench.github.openPullRequest(bench.repository, 'stagewright/issue-2')).toBeNull()
})
