import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitOn, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let repository: string
let pulls: string
let app: string
let ann: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  pulls = `/repos/${repository}/pulls`
  app = await bench.appToken(repository)
})

const CHANGED = 'one\ntwo\nTHREE\nfour\n'

function change(branch: string, text = CHANGED, path = 'src/sum.js'): Promise<string> {
  return commitOn(bench, { repository, branch, path, text, token: ann })
}

async function openPull(branch = 'topic', more: object = {}): Promise<number> {
  const body = { title: `from ${branch}`, head: branch, base: 'main', ...more }
  const made = await bench.call('POST', pulls, { token: app, body })
  expect(made.status).toBe(201)
  return Number(made.body.number)
}

test('a pull request tells head, base, counts, files and its diff', async () => {
  const sha = await change('topic')
  const number = await openPull('topic', { body: 'why' })
  const one = await bench.call('GET', `${pulls}/${number}`, { token: app })
  expect(one.body).toMatchObject({
    state: 'open',
    mergeable: true,
    merged: false,
    commits: 1,
    additions: 2,
    deletions: 1,
    changed_files: 1,
    head: { ref: 'topic', sha, label: 'ann:topic' },
    base: { ref: 'main' },
    user: { type: 'Bot' }
  })
  const files = await bench.call('GET', `${pulls}/${number}/files`, { token: app })
  expect(files.list).toMatchObject([
    {
      filename: 'src/sum.js',
      status: 'modified',
      sha: expect.stringMatching(/^[0-9a-f]{40}$/),
      patch: '@@ -1,3 +1,4 @@\n one\n two\n-three\n+THREE\n+four'
    }
  ])
  const accept = 'application/vnd.github.diff'
  const diff = await bench.call('GET', `${pulls}/${number}`, { token: app, accept })
  expect(diff.text).toContain('diff --git a/src/sum.js b/src/sum.js')
  const commits = await bench.call('GET', `${pulls}/${number}/commits`, { token: app })
  expect(commits.list).toMatchObject([{ sha, commit: { message: 'change src/sum.js' } }])
  const issue = await bench.call('GET', `/repos/${repository}/issues/${number}`, { token: app })
  expect(issue.body.pull_request).toMatchObject({ merged_at: null })
})

test('new, removed, renamed and binary files are told apart', async () => {
  const folder = await bench.clone(repository, ann)
  await bench.git(folder, 'checkout', '--quiet', '-b', 'topic')
  await bench.git(folder, 'mv', 'src/sum.js', 'src/add it.js')
  await bench.git(folder, 'rm', '--quiet', 'README.md')
  await writeFile(`${folder}/new é.txt`, 'diff --git a/x b/x\n')
  await writeFile(`${folder}/z.bin`, Buffer.from([0, 1, 2, 0]))
  await bench.git(folder, 'add', '.')
  await bench.git(folder, 'commit', '--quiet', '-m', 'many')
  await bench.git(folder, 'push', '--quiet', 'origin', 'topic')
  const number = await openPull()
  const files = await bench.call('GET', `${pulls}/${number}/files`, { token: app })
  expect(files.list.map(file => [file.filename, file.status, file.patch])).toEqual([
    ['README.md', 'removed', '@@ -1 +0,0 @@\n-# demo'],
    ['new é.txt', 'added', '@@ -0,0 +1 @@\n+diff --git a/x b/x'],
    ['src/add it.js', 'renamed', undefined],
    ['z.bin', 'added', undefined]
  ])
  expect(files.list[2]?.previous_filename).toBe('src/sum.js')
})

test.each([
  ['a head that is not there', { head: 'nothing' }, 'invalid'],
  ['a base that is not there', { base: 'nothing' }, 'invalid'],
  ['a head of another owner', { head: 'bob:topic' }, 'invalid'],
  ['no commits between', { head: 'main' }, 'No commits between main and main']
])('%s is 422', async (_sentence, more, words) => {
  await change('topic')
  const body = { title: 't', head: 'topic', base: 'main', ...more }
  const answer = await bench.call('POST', pulls, { token: app, body })
  expect(answer.status).toBe(422)
  expect(JSON.stringify(answer.body.errors)).toContain(words)
})

test('a second pull request for the same branches is 422, and the first is found by head', async () => {
  await change('topic')
  await change('other')
  const number = await openPull()
  await openPull('other')
  const body = { title: 'again', head: 'topic', base: 'main' }
  const answer = await bench.call('POST', pulls, { token: app, body })
  expect(answer.status).toBe(422)
  expect(answer.body.errors).toMatchObject([
    { message: 'A pull request already exists for ann:topic.' }
  ])
  const found = await bench.call('GET', `${pulls}?head=ann:topic&state=all`, { token: app })
  expect(found.list.map(one => one.number)).toEqual([number])
})

test('a push to the branch moves the head and sends synchronize', async () => {
  const before = await change('topic')
  const number = await openPull()
  await bench.events()
  const after = await change('topic', 'again\n')
  expect(await bench.events()).toEqual(['push', 'pull_request.synchronize'])
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    before,
    after,
    number,
    pull_request: { head: { sha: after }, commits: 2 }
  })
})

test('labels, text and state of a pull request are told as pull_request events', async () => {
  await change('topic')
  const number = await openPull()
  await bench.events()
  const issue = `/repos/${repository}/issues/${number}`
  await bench.call('POST', `${issue}/labels`, { token: app, body: { labels: ['state:in-review'] } })
  await bench.call('DELETE', `${issue}/labels/state%3Ain-review`, { token: app })
  const body = { title: 'new', body: 'text', state: 'closed' }
  await bench.call('PATCH', `${pulls}/${number}`, { token: app, body })
  expect(await bench.events()).toEqual([
    'label.created',
    'pull_request.labeled',
    'pull_request.unlabeled',
    'pull_request.edited',
    'pull_request.closed'
  ])
})

test.each([
  ['squash', 1, 'from topic (#2)'],
  ['merge', 2, 'Merge pull request #2 from ann/topic']
])(
  '%s: the base gets a commit with %d parents, the issue is closed',
  async (method, parents, title) => {
    const body = { title: 'wanted' }
    await bench.call('POST', `/repos/${repository}/issues`, { token: ann, body })
    await change('topic')
    const number = await openPull('topic', { body: 'Closes #1' })
    await bench.events()
    const merge = `${pulls}/${number}/merge`
    expect((await bench.call('GET', merge, { token: app })).status).toBe(404)
    const done = await bench.call('PUT', merge, { token: app, body: { merge_method: method } })
    expect(done.body).toMatchObject({ merged: true })
    expect((await bench.call('GET', merge, { token: app })).status).toBe(204)
    expect(await bench.events()).toEqual(['pull_request.closed', 'issues.closed', 'push'])
    const main = await bench.call('GET', `/repos/${repository}/commits/main`, { token: app })
    expect(main.body.sha).toBe(done.body.sha)
    expect(main.body.parents).toHaveLength(parents)
    expect(String(main.body.commit?.message).split('\n')[0]).toBe(title)
    const pull = await bench.call('GET', `${pulls}/${number}`, { token: app })
    expect(pull.body).toMatchObject({
      merged: true,
      state: 'closed',
      merge_commit_sha: done.body.sha
    })
    const again = await bench.call('PUT', merge, { token: app })
    expect(again.status).toBe(405)
  }
)

test('a merge is refused for another head, a draft, a conflict, and without contents', async () => {
  await change('topic', 'mine\n')
  const number = await openPull()
  const merge = `${pulls}/${number}/merge`
  const sha = '0'.repeat(40)
  expect((await bench.call('PUT', merge, { token: app, body: { sha } })).status).toBe(409)
  const little = await bench.appToken(repository, { permissions: { pull_requests: 'write' } })
  expect((await bench.call('PUT', merge, { token: little })).status).toBe(403)
  await commitOn(bench, {
    ...{ repository, branch: 'main', path: 'src/sum.js', text: 'theirs\n', token: ann }
  })
  const pull = await bench.call('GET', `${pulls}/${number}`, { token: app })
  expect(pull.body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' })
  const refused = await bench.call('PUT', merge, { token: app })
  expect([refused.status, refused.body.message]).toEqual([405, 'Pull Request is not mergeable'])
  await change('draft', 'x', 'new.txt')
  const draft = await openPull('draft', { draft: true })
  expect((await bench.call('PUT', `${pulls}/${draft}/merge`, { token: app })).status).toBe(405)
})

test('a deleted branch closes its pull request, which cannot be opened again', async () => {
  await change('topic')
  const number = await openPull()
  const ref = `/repos/${repository}/git/refs/heads/topic`
  expect((await bench.call('DELETE', ref, { token: app })).status).toBe(204)
  const one = `${pulls}/${number}`
  expect((await bench.call('GET', one, { token: app })).body.state).toBe('closed')
  const body = { state: 'open' }
  expect((await bench.call('PATCH', one, { token: app, body })).status).toBe(422)
})

test('a head that reaches its base by a push is merged', async () => {
  const sha = await change('topic')
  const number = await openPull()
  const body = { sha }
  const moved = await bench.call('PATCH', `/repos/${repository}/git/refs/heads/main`, {
    token: ann,
    body
  })
  expect(moved.status).toBe(200)
  const pull = await bench.call('GET', `${pulls}/${number}`, { token: app })
  expect(pull.body).toMatchObject({ merged: true, merged_by: { login: 'ann' } })
})

test('of four creations at once one pull request comes to be', async () => {
  await change('topic')
  const body = { title: 'race', head: 'topic', base: 'main' }
  const calls = Array.from({ length: 4 }, () => bench.call('POST', pulls, { token: app, body }))
  const statuses = (await Promise.all(calls)).map(one => one.status)
  expect(statuses.filter(status => status === 201)).toHaveLength(1)
  expect(statuses.filter(status => status === 422)).toHaveLength(3)
})
