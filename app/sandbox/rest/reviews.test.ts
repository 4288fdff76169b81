import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitOn, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let path: string
let app: string
let ann: string
let number: number
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  const repository = await bench.repository()
  path = `/repos/${repository}/pulls`
  app = await bench.appToken(repository)
  const text = 'one\nTWO\nthree\n'
  const at = { repository, branch: 'topic', path: 'src/sum.js', text, token: ann }
  await commitOn(bench, at)
  const body = { title: 'look', head: 'topic', base: 'main' }
  number = Number((await bench.call('POST', path, { token: app, body })).body.number)
  await bench.events()
})

const review = (token: string, body: object) =>
  bench.call('POST', `${path}/${number}/reviews`, { token, body })

test('changes are requested with comments on lines, and all of it is told', async () => {
  const comments = [{ path: 'src/sum.js', line: 2, body: 'why loud?' }]
  const made = await review(ann, { event: 'REQUEST_CHANGES', body: 'not yet', comments })
  expect(made.status).toBe(200)
  expect(made.body).toMatchObject({ state: 'CHANGES_REQUESTED', user: { login: 'ann' } })
  expect(await bench.events()).toEqual([
    'pull_request_review.submitted',
    'pull_request_review_comment.created'
  ])
  expect(bench.heard.at(-2)?.payload).toMatchObject({
    review: { state: 'changes_requested', body: 'not yet' },
    pull_request: { number }
  })
  const all = await bench.call('GET', `${path}/${number}/comments`, { token: app })
  expect(all.list).toMatchObject([
    {
      path: 'src/sum.js',
      line: 2,
      side: 'RIGHT',
      position: 3,
      body: 'why loud?',
      pull_request_review_id: made.body.id,
      diff_hunk: '@@ -1,3 +1,3 @@\n one\n-two\n+TWO'
    }
  ])
  const own = `${path}/${number}/reviews/${made.body.id}/comments`
  expect((await bench.call('GET', own, { token: app })).list).toHaveLength(1)
  const list = await bench.call('GET', `${path}/${number}/reviews`, { token: app })
  expect(list.list.map(one => one.state)).toEqual(['CHANGES_REQUESTED'])
})

test.each([
  ['approve', { event: 'APPROVE' }, 'Review Can not approve your own pull request'],
  [
    'request changes on',
    { event: 'REQUEST_CHANGES', body: 'no' },
    'Review Can not request changes on your own pull request'
  ]
])('nobody may %s his own pull request', async (_verb, body, words) => {
  const refused = await review(app, body)
  expect(refused.status).toBe(422)
  expect(refused.body.errors).toEqual([words])
  expect((await review(app, { event: 'COMMENT', body: 'fine' })).status).toBe(200)
})

test.each([
  ['changes requested without words', { event: 'REQUEST_CHANGES' }],
  ['a comment without words', { event: 'COMMENT' }],
  ['an unknown event', { event: 'REJECT', body: 'x' }],
  [
    'a line outside the diff',
    { event: 'COMMENT', comments: [{ path: 'src/sum.js', line: 99, body: 'x' }] }
  ],
  [
    'a file outside the diff',
    { event: 'COMMENT', comments: [{ path: 'README.md', line: 1, body: 'x' }] }
  ]
])('%s is 422 and leaves nothing', async (_sentence, body) => {
  expect((await review(ann, body)).status).toBe(422)
  expect((await bench.call('GET', `${path}/${number}/reviews`)).list).toEqual([])
  expect(await bench.events()).toEqual([])
})

test('a review without an event is pending: its author alone sees it until it is submitted', async () => {
  const pending = await review(ann, { body: 'thinking' })
  expect(pending.body).toMatchObject({ state: 'PENDING' })
  expect(pending.body.submitted_at).toBeUndefined()
  const list = `${path}/${number}/reviews`
  expect((await bench.call('GET', list, { token: app })).list).toEqual([])
  expect((await bench.call('GET', list, { token: ann })).list).toHaveLength(1)
  expect(await bench.events()).toEqual([])
  const submit = `${list}/${pending.body.id}/events`
  const done = await bench.call('POST', submit, { token: ann, body: { event: 'APPROVE' } })
  expect(done.body).toMatchObject({ state: 'APPROVED', submitted_at: expect.any(String) })
  expect(await bench.events()).toEqual(['pull_request_review.submitted'])
})

test('a single comment and its reply stand in one thread, and take reactions', async () => {
  const body = { path: 'src/sum.js', line: 2, side: 'LEFT', body: 'was fine', commit_id: 'x' }
  const one = await bench.call('POST', `${path}/${number}/comments`, { token: ann, body })
  expect(one.body).toMatchObject({ side: 'LEFT', line: 2, position: 2 })
  const replies = `${path}/${number}/comments/${one.body.id}/replies`
  const reply = await bench.call('POST', replies, { token: app, body: { body: 'is not' } })
  expect(reply.body).toMatchObject({ in_reply_to_id: one.body.id, path: 'src/sum.js' })
  const reactions = `${path}/comments/${one.body.id}/reactions`
  const reacted = await bench.call('POST', reactions, { token: app, body: { content: 'eyes' } })
  expect(reacted.status).toBe(201)
  const read = await bench.call('GET', `${path}/comments/${one.body.id}`, { token: app })
  expect(read.body.reactions).toMatchObject({ eyes: 1 })
})

test('a dismissed review keeps its words and loses its weight', async () => {
  const made = await review(ann, { event: 'APPROVE', body: 'good' })
  const path2 = `${path}/${number}/reviews/${made.body.id}/dismissals`
  const done = await bench.call('PUT', path2, { token: ann, body: { message: 'stale' } })
  expect(done.body).toMatchObject({ state: 'DISMISSED', body: 'good' })
})
