import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'

let bench: GitHubBench

beforeAll(async () => {
  bench = await startGitHubBench()
})

afterAll(() => bench.close())

interface Made {
  readonly id: number
  readonly number: number
}

async function openIssue(title: string, body = 'text'): Promise<number> {
  return (await bench.asOwner<Made>('POST', '/issues', { title, body })).number
}

test.each(['admin', 'maintain', 'write', 'triage', 'read'] as const)(
  'a person with the role %s has that permission',
  async role => {
    const person = bench.sandbox.person(`some-${role}`)
    bench.sandbox.addCollaborator('octo-owner/widget', person.login, role)
    expect(await bench.github.permission(bench.repository, person.login)).toBe(role)
  }
)

test('a stranger and a login that is no person have none', async () => {
  bench.sandbox.person('stranger')
  expect(await bench.github.permission(bench.repository, 'stranger')).toBe('none')
  expect(await bench.github.permission(bench.repository, 'nobody-at-all')).toBe('none')
})

test('an issue is read with what we use of it', async () => {
  const number = await openIssue('Adding is wrong', '`add(2, 2)` is 0')
  await bench.asOwner('POST', `/issues/${number}/labels`, { labels: ['bug', 'run:dev'] })
  expect(await bench.github.issue(bench.repository, number)).toEqual({
    number,
    title: 'Adding is wrong',
    body: '`add(2, 2)` is 0',
    author: 'octo-owner',
    url: `${bench.sandbox.url}/octo-owner/widget/issues/${number}`,
    open: true,
    labels: ['bug', 'run:dev'],
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
  })
})

test('what is not there is NOT_FOUND, after asking three times', async () => {
  const before = bench.sandbox.requests().length
  const asking = bench.github.issue(bench.repository, 99_999)
  await expect(asking).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('GET /repos/octo-owner/widget/issues/99999')
  })
  const calls = bench.sandbox.requests().slice(before)
  expect(calls.filter(({ path }) => path.endsWith('/issues/99999'))).toHaveLength(3)
})

test('all comments come, oldest first, from every page', async () => {
  const number = await openIssue('Much to say')
  for (let count = 1; count <= 103; count += 1) {
    await bench.asOwner('POST', `/issues/${number}/comments`, { body: `comment ${count}` })
  }
  const comments = await bench.github.comments(bench.repository, number)
  expect(comments.map(({ body }) => body)).toEqual(
    Array.from({ length: 103 }, (_, index) => `comment ${index + 1}`)
  )
  expect(comments[0]).toMatchObject({
    author: { id: bench.owner.id, login: 'octo-owner', type: 'User' },
    association: 'OWNER'
  })
})

test('reviews have their texts first, then their line comments with their places', async () => {
  await commitOn('topic', 'src/add.js', 'export const add = (a, b) => a + b\n')
  const pull = await bench.asOwner<Made>('POST', '/pulls', {
    title: 'Fix',
    head: 'topic',
    base: 'main'
  })
  const reviews = `/pulls/${pull.number}/reviews`
  const line = (body: string) => ({ path: 'src/add.js', line: 1, side: 'RIGHT', body })
  await bench.asOwner('POST', reviews, { event: 'COMMENT', body: 'First' })
  const second = await bench.asOwner<Made>('POST', reviews, {
    event: 'COMMENT',
    body: 'Nearly there',
    comments: [line('Name it sum?')]
  })
  await bench.asOwner('POST', reviews, { event: 'COMMENT', comments: [line('No words above me')] })
  await bench.asOwner('POST', reviews, { body: 'Not submitted yet' })
  const read = () => bench.github.reviewTexts(bench.repository, pull.number, second.id)
  const texts = await read()
  expect(texts.map(({ author, body, place }) => [author.login, body, place])).toEqual([
    ['octo-owner', 'First', null],
    ['octo-owner', 'Nearly there', null],
    ['octo-owner', 'Name it sum?', 'src/add.js:1'],
    ['octo-owner', 'No words above me', 'src/add.js:1']
  ])
  expect(texts.filter(text => text.reviewId === second.id)).toHaveLength(2)
  expect(new Set(texts.map(({ association }) => association))).toEqual(new Set(['OWNER']))
  const missing = bench.github.reviewTexts(bench.repository, pull.number, 99_999)
  await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('labelled issues and pull requests come with who put the label on last', async () => {
  const other = bench.sandbox.person('second-hand')
  bench.sandbox.addCollaborator('octo-owner/widget', other.login, 'write')
  const number = await openIssue('To be done')
  const closed = await openIssue('Done')
  for (const one of [number, closed]) {
    await bench.asOwner('POST', `/issues/${one}/labels`, { labels: ['run:plan'] })
  }
  await bench.asOwner('PATCH', `/issues/${closed}`, { state: 'closed' })
  await bench.asOwner('DELETE', `/issues/${number}/labels/run:plan`)
  const url = `${bench.sandbox.apiUrl}/repos/octo-owner/widget/issues/${number}/labels`
  await fetch(url, {
    method: 'POST',
    headers: { authorization: `token ${other.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ labels: ['run:plan', 'bug'] })
  })
  const found = await bench.github.labelled(bench.repository, 'RUN:plan')
  expect(found).toEqual([
    {
      issue: expect.objectContaining({ number, labels: ['run:plan', 'bug'] }),
      isPullRequest: false,
      by: { id: other.id, login: 'second-hand', type: 'User' },
      at: expect.stringMatching(/Z$/)
    }
  ])
  expect(await bench.github.labelled(bench.repository, 'run:nothing')).toEqual([])
})

async function commitOn(branch: string, path: string, text: string): Promise<void> {
  const main = await bench.asOwner<{ readonly object: { readonly sha: string } }>(
    'GET',
    '/git/ref/heads/main'
  )
  await bench.asOwner('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: main.object.sha })
  const file = await bench.asOwner<{ readonly sha: string }>('GET', `/contents/${path}`)
  await bench.asOwner('PUT', `/contents/${path}`, {
    message: `Change ${path}`,
    content: Buffer.from(text).toString('base64'),
    sha: file.sha,
    branch
  })
}
