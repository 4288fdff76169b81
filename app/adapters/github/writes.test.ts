import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'

let bench: GitHubBench
let mainSha: string

beforeAll(async () => {
  bench = await startGitHubBench()
  mainSha = (await bench.github.head(bench.repository, 'main')) ?? ''
})

afterEach(() => bench.sandbox.faults.clear())

afterAll(() => bench.close())

interface Made {
  readonly id: number
  readonly number: number
}

interface WireComment extends Made {
  readonly body: string
  readonly user: { readonly login: string }
}

const LOST = { code: 'GITHUB_UNAVAILABLE' }

async function openIssue(): Promise<number> {
  return (await bench.asOwner<Made>('POST', '/issues', { title: 'An issue' })).number
}

function lose(method: string, path: RegExp): void {
  bench.sandbox.faults.loseAnswer({ method, path, times: 1 })
}

function commentsOf(thread: number): Promise<readonly WireComment[]> {
  return bench.asOwner('GET', `/issues/${thread}/comments`)
}

const marker = '<!-- stagewright:run=abc -->'

test('a comment whose answer was lost is found by its marker and not made twice', async () => {
  const thread = await openIssue()
  const input = { thread, id: null, marker, body: `Working.\n\n${marker}` }
  lose('POST', /\/comments$/)
  const first = bench.github.comment(bench.repository, { ...input, mayExist: false })
  await expect(first).rejects.toMatchObject(LOST)
  const second = await bench.github.comment(bench.repository, { ...input, mayExist: true })
  const comments = await commentsOf(thread)
  expect(comments).toHaveLength(1)
  expect(comments[0]).toMatchObject({ id: second.id, body: `Working.\n\n${marker}` })
})

test("a person's comment with a copied marker is not taken for ours", async () => {
  const thread = await openIssue()
  const copied = await bench.asOwner<Made>('POST', `/issues/${thread}/comments`, { body: marker })
  const ours = await bench.github.comment(bench.repository, {
    thread,
    id: null,
    marker,
    body: 'Ours',
    mayExist: true
  })
  expect(ours.id).not.toBe(copied.id)
  expect((await commentsOf(thread)).map(({ body }) => body)).toEqual([marker, `${marker}\nOurs`])
})

test('a comment is edited by its id, and made anew when a person deleted it', async () => {
  const thread = await openIssue()
  const input = { thread, marker, mayExist: false }
  const made = await bench.github.comment(bench.repository, { ...input, id: null, body: 'one' })
  expect(made.url).toContain(`/octo-owner/widget/issues/${thread}`)
  const edited = await bench.github.comment(bench.repository, {
    ...input,
    id: made.id,
    body: 'two'
  })
  expect(edited).toEqual(made)
  expect((await commentsOf(thread)).map(({ body }) => body)).toEqual([`${marker}\ntwo`])
  await bench.asOwner('DELETE', `/issues/comments/${made.id}`)
  const again = await bench.github.comment(bench.repository, {
    ...input,
    id: made.id,
    body: 'three'
  })
  expect(again.id).not.toBe(made.id)
  expect((await commentsOf(thread)).map(({ id }) => id)).toEqual([again.id])
})

test('a comment longer than GitHub takes is cut, says so, and keeps its marker', async () => {
  const thread = await openIssue()
  const body = `\`\`\`\n${'line of a log\n'.repeat(6000)}\`\`\`\n${marker}`
  await bench.github.comment(bench.repository, { thread, id: null, marker, body, mayExist: false })
  const [comment] = await commentsOf(thread)
  expect(comment?.body.length).toBeLessThanOrEqual(65_535)
  expect(comment?.body.startsWith(marker)).toBe(true)
  expect(comment?.body).toMatch(/\n```\n\n…\n\n\*The rest is left out/)
})

test('a comment on an issue that is gone is NOT_FOUND', async () => {
  const gone = bench.github.comment(bench.repository, {
    thread: 88_888,
    id: null,
    marker,
    body: 'x',
    mayExist: false
  })
  await expect(gone).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('👀 stands once on an issue and on a comment, however often it is put', async () => {
  const thread = await openIssue()
  const comment = await bench.asOwner<Made>('POST', `/issues/${thread}/comments`, { body: '/run' })
  lose('POST', /\/reactions$/)
  await expect(
    bench.github.react(bench.repository, { on: 'issue', number: thread })
  ).rejects.toMatchObject(LOST)
  await bench.github.react(bench.repository, { on: 'issue', number: thread })
  await bench.github.react(bench.repository, { on: 'comment', id: comment.id })
  await bench.github.react(bench.repository, { on: 'comment', id: comment.id })
  for (const path of [`/issues/${thread}`, `/issues/comments/${comment.id}`]) {
    const reactions = await bench.asOwner('GET', `${path}/reactions`)
    expect(reactions).toMatchObject([{ content: 'eyes' }])
    expect(reactions).toHaveLength(1)
  }
})

test('labels are added and removed; what is so already, and an issue that is gone, is no error', async () => {
  const thread = await openIssue()
  await bench.asOwner('POST', `/issues/${thread}/labels`, { labels: ['run:dev'] })
  const input = { thread, add: ['state:in-review'], remove: ['run:dev', 'never-there'] }
  lose('POST', /\/labels$/)
  await expect(bench.github.labels(bench.repository, input)).rejects.toMatchObject(LOST)
  await bench.github.labels(bench.repository, input)
  expect((await bench.github.issue(bench.repository, thread)).labels).toEqual(['state:in-review'])
  await bench.github.labels(bench.repository, { ...input, thread: 88_888 })
})

async function makeBranch(branch: string): Promise<string> {
  await bench.asOwner('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: mainSha })
  await bench.asOwner('PUT', `/contents/${branch.replaceAll('/', '-')}.txt`, {
    message: `Add a file on ${branch}`,
    content: Buffer.from(branch).toString('base64'),
    branch
  })
  return (await bench.github.head(bench.repository, branch)) ?? ''
}

test('a pull request whose answer was lost is found by its branch, and keeps a title that exists', async () => {
  const branch = 'stagewright/issue-7'
  const headSha = await makeBranch(branch)
  const seen: Array<string | null> = []
  const input = {
    branch,
    base: 'main',
    title: 'Fix adding',
    body: (existing: string | null) => {
      seen.push(existing)
      return existing === null ? 'part 1' : `${existing}, part 2`
    }
  }
  lose('POST', /\/pulls$/)
  await expect(bench.github.pullRequest(bench.repository, input)).rejects.toMatchObject(LOST)
  const pull = await bench.github.pullRequest(bench.repository, { ...input, title: 'Other title' })
  expect(seen).toEqual([null, 'part 1'])
  expect(pull).toEqual({
    number: pull.number,
    url: `${bench.sandbox.url}/octo-owner/widget/pull/${pull.number}`,
    headRef: branch,
    headSha,
    open: true,
    merged: false,
    title: 'Fix adding',
    body: 'part 1, part 2',
    labels: []
  })
  const all = await bench.asOwner('GET', `/pulls?state=all&head=octo-owner:${branch}`)
  expect(all).toHaveLength(1)
  expect(await bench.github.openPullRequest(bench.repository, branch)).toEqual(pull)
})

test('a pull request without any commit is refused in GitHub words', async () => {
  await bench.asOwner('POST', '/git/refs', { ref: 'refs/heads/empty', sha: mainSha })
  const opening = bench.github.pullRequest(bench.repository, {
    branch: 'empty',
    base: 'main',
    title: 'Nothing',
    body: () => ''
  })
  await expect(opening).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    message: expect.stringContaining('No commits between main and empty')
  })
})
