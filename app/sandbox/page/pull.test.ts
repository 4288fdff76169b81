import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitOn, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'
import { type Browse, createBrowse } from './browse.ts'

let bench: TestBench
let repository: string
let browse: Browse
let ann: string
let app: string
let sha: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
  for (const login of ['rita', 'bob']) bench.sandbox.person(login)
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  bench.sandbox.addCollaborator(repository, 'rita', 'write')
  app = await bench.appToken(repository)
  browse = createBrowse(bench.sandbox.url)
  const at = { repository, branch: 'topic', path: 'src/sum.js', token: ann }
  await commitOn(bench, { ...at, text: 'one\ntwo\nTHREE\nfour\n' })
  sha = await commitOn(bench, { ...at, path: 'a&b.txt', text: '<tag>\n' })
  const body = { title: 'change', head: 'topic', base: 'main' }
  await bench.call('POST', `/repos/${repository}/pulls`, { token: ann, body })
  await bench.events()
})

function submit(what: string, form: Readonly<Record<string, string>>): Promise<Response> {
  return browse.submit(`/_sandbox/${repository}/pull/1/${what}`, form)
}

function look(query = ''): Promise<string> {
  return browse.look(`/${repository}/pull/1${query}`)
}

test('commits are listed, and each file has a heading with its counts', async () => {
  const page = await look()
  expect(page).toMatch(/change src\/sum\.js.*change a&amp;b\.txt/s)
  expect(page).toMatch(
    /<h3><code>a&amp;b\.txt<\/code><\/h3> <span class="quiet">added<\/span> <span class="added">\+1<.*−0</
  )
  expect(page).toMatch(/<h3><code>src\/sum\.js<\/code><\/h3>.*>\+2<\/span>.*>−1</)
  expect(page).toContain('+&lt;tag&gt;')
})

test('the number of a line leads to the form, filled in with its place', async () => {
  const place = '?path=src%2Fsum.js&amp;line=3&amp;side=LEFT#line-comment'
  expect(await look()).toContain(`href="${place}"`)
  const page = await look('?path=src%2Fsum.js&line=3&side=LEFT')
  expect(page).toContain('<option value="src/sum.js" selected>')
  expect(page).toContain('<option value="LEFT" selected>')
  expect(page).toMatch(/name="line"[^>]* value="3"/)
})

test.each([
  ['COMMENT', 'as you like', 'commented'],
  ['APPROVE', '', 'approved'],
  ['REQUEST_CHANGES', 'please <b>not</b>', 'changes requested']
])('a review %s with "%s" is shown as %s', async (event, body, words) => {
  await browse.become('rita')
  const done = await submit('reviews', { event, body })
  expect([done.status, done.headers.get('location')]).toEqual([303, `/${repository}/pull/1`])
  expect(await bench.events()).toEqual(['pull_request_review.submitted'])
  const page = await look()
  expect(page).toMatch(new RegExp(`<strong>rita</strong> <span class="state \\w+">${words}<`))
  expect(page).not.toContain('<b>not')
})

test.each([
  ['RIGHT', '4', '+four'],
  ['LEFT', '3', '-three']
])('a comment on a line of side %s stands below its hunk', async (side, line, hunk) => {
  const form = { path: 'src/sum.js', line, side, body: 'why *this*?' }
  expect((await submit('comments', form)).status).toBe(303)
  expect(await bench.events()).toEqual(['pull_request_review_comment.created'])
  const page = await look()
  expect(page).toContain(`<code>src/sum.js:${line}</code>`)
  expect(page).toMatch(new RegExp(`\\${hunk}</pre>\\s*<p>why <em>this</em>\\?</p>`))
})

test.each([
  ['ann', 'reviews', { event: 'APPROVE', body: '' }, 'Can not approve your own pull request'],
  ['rita', 'reviews', { event: 'REQUEST_CHANGES', body: '' }, 'Review body can not be blank'],
  ['rita', 'comments', { path: 'src/sum.js', line: '99', body: 'x' }, 'must be part of the diff'],
  ['rita', 'comments', { path: 'src/sum.js', line: 'x', body: 'x' }, 'wasn&#39;t supplied'],
  ['rita', 'comments', { path: 'no.js', line: '1', body: 'x' }, 'Path could not be resolved'],
  ['bob', 'merge', { method: 'merge', sha: '' }, 'Must have admin rights'],
  ['ann', 'merge', { method: 'merge', sha: 'f'.repeat(40) }, 'Head branch was modified']
])('%s gets no further with %s %j: %s', async (login, what, form, words) => {
  await browse.become(login)
  const refused = await submit(what, form)
  expect(refused.status).toBe(422)
  const page = await refused.text()
  expect(page).toContain(words)
  expect(page).toContain(`<a href="/${repository}/pull/1">Back</a>`)
  expect(await bench.events()).toEqual([])
})

test.each(['merge', 'squash'])('the merge (%s) is done by the person', async method => {
  expect(await look()).toContain('✓ No conflicts with main.')
  await browse.become('rita')
  expect((await submit('merge', { method, sha })).status).toBe(303)
  expect(await bench.events()).toEqual(['pull_request.closed', 'push'])
  const page = await look()
  expect(page).toContain('Merged by rita')
  expect(page).toContain('merged</span>')
  expect(page).not.toContain('Merge pull request</button>')
})

test('a pull request that conflicts says so, and is not merged', async () => {
  const at = { repository, branch: 'main', path: 'src/sum.js', token: ann }
  await commitOn(bench, { ...at, text: 'one\ntwo\n3\n' })
  expect(await look()).toContain('✗ Conflicts with main must be resolved first.')
  const refused = await submit('merge', { method: 'merge', sha })
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('Pull Request is not mergeable')
})

test('a pull request is closed and reopened, but not when its branch is gone', async () => {
  const state = (to: string): Promise<Response> =>
    browse.submit(`/_sandbox/${repository}/issues/1/state`, { state: to })
  await state('closed')
  expect(await look()).toContain('Closed without being merged.')
  await state('open')
  expect(await look()).toContain('Merge pull request</button>')
  expect(await bench.events()).toEqual(['pull_request.closed', 'pull_request.reopened'])
  await state('closed')
  await bench.call('DELETE', `/repos/${repository}/git/refs/heads/topic`, { token: ann })
  const refused = await state('open')
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('The topic branch has been deleted')
})

const REFRESH = '<meta http-equiv="refresh" content="3">'

test.each([
  [{ conclusion: 'success' }, '✓ success', false],
  [{ conclusion: 'failure' }, '✗ failure', false],
  [{ conclusion: 'timed_out' }, '✗ timed out', false],
  [{ conclusion: 'neutral' }, '○ neutral', false],
  [{ status: 'in_progress' }, '● in progress', true],
  [{ status: 'queued' }, '○ queued', true]
])('a check run %j is shown as "%s"; its page looks again: %j', async (given, words, again) => {
  const body = { name: 'build', head_sha: sha, ...given }
  const run = await bench.call('POST', `/repos/${repository}/check-runs`, { token: app, body })
  const page = await browse.look(`/${repository}/runs/${run.body.id}`)
  expect(page).toContain(words)
  expect(page.includes(REFRESH)).toBe(again)
  for (const path of [`/${repository}`, `/${repository}/pull/1`]) {
    const list = await browse.look(path)
    expect(list).toContain(words)
    expect(list).not.toContain(REFRESH)
  }
})
