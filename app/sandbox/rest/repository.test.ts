import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitOn, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let repository: string
let path: string
let ann: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  path = `/repos/${repository}`
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function head(branch: string): Promise<string> {
  const ref = await bench.call('GET', `${path}/git/ref/heads/${branch}`, { token: ann })
  return String(ref.body.object?.sha)
}

test('files and folders are read at a ref', async () => {
  const file = await bench.call('GET', `${path}/contents/src/sum.js`)
  expect(file.body).toMatchObject({ type: 'file', name: 'sum.js', encoding: 'base64', size: 14 })
  expect(Buffer.from(String(file.body.content), 'base64').toString()).toBe('one\ntwo\nthree\n')
  const root = await bench.call('GET', `${path}/contents`)
  expect(root.list.map(one => [one.type, one.path])).toEqual([
    ['file', 'README.md'],
    ['dir', 'src']
  ])
  const folder = await bench.call('GET', `${path}/contents/src?ref=main`)
  expect(folder.list.map(one => one.path)).toEqual(['src/sum.js'])
  expect((await bench.call('GET', `${path}/contents/none.txt`)).status).toBe(404)
  expect((await bench.call('GET', `${path}/contents/README.md?ref=none`)).status).toBe(404)
  expect((await bench.call('GET', `${path}/contents/README.md?ref=--help`)).status).toBe(404)
})

test('a file is made, changed with its sha, and deleted', async () => {
  const file = `${path}/contents/docs/a%20b.md`
  const put = (more: object) =>
    bench.call('PUT', file, { token: ann, body: { message: 'm', ...more } })
  const made = await put({ content: base64('one') })
  expect(made.status).toBe(201)
  expect(made.body.content).toMatchObject({ path: 'docs/a b.md', size: 3 })
  const sha = made.body.content?.sha
  expect((await put({ content: base64('two') })).status).toBe(422)
  expect((await put({ content: base64('two'), sha: 'f'.repeat(40) })).status).toBe(409)
  const changed = await put({ content: base64('two'), sha })
  expect(changed.status).toBe(200)
  const body = { message: 'off', sha: changed.body.content?.sha }
  const gone = await bench.call('DELETE', file, { token: ann, body })
  expect([gone.status, gone.body.content]).toEqual([200, null])
  expect((await bench.call('GET', file)).status).toBe(404)
  expect((await bench.events()).filter(one => one === 'push')).toHaveLength(3)
})

test.each(['../x', '.git/config', 'a//b'])('the path %s is refused', async name => {
  const file = `${path}/contents/${encodeURIComponent(name)}`
  const body = { message: 'm', content: base64('x') }
  expect((await bench.call('PUT', file, { token: ann, body })).status).toBe(422)
})

test('refs: created once, forward only unless forced, found by prefix, deleted', async () => {
  const first = await head('main')
  const refs = `${path}/git/refs`
  const body = { ref: 'refs/heads/topic/a', sha: first }
  expect((await bench.call('POST', refs, { token: ann, body })).status).toBe(201)
  const twice = await bench.call('POST', refs, { token: ann, body })
  expect([twice.status, twice.body.message]).toEqual([422, 'Reference already exists'])
  const at = { repository, branch: 'topic/a', path: 'x.txt', text: 'x', token: ann }
  const second = await commitOn(bench, at)
  const ref = `${refs}/heads/topic/a`
  const move = (more: object) => bench.call('PATCH', ref, { token: ann, body: more })
  const back = await move({ sha: first })
  expect([back.status, back.body.message]).toEqual([422, 'Update is not a fast forward'])
  expect(await head('topic/a')).toBe(second)
  expect((await move({ sha: first, force: true })).status).toBe(200)
  expect((await move({ sha: second })).status).toBe(200)
  const matching = await bench.call('GET', `${path}/git/matching-refs/heads/topic`)
  expect(matching.list).toMatchObject([{ ref: 'refs/heads/topic/a', object: { sha: second } }])
  expect((await bench.call('DELETE', ref, { token: ann })).status).toBe(204)
  expect((await bench.call('DELETE', ref, { token: ann })).status).toBe(422)
  expect((await bench.call('GET', `${path}/git/ref/heads/topic`)).status).toBe(404)
})

test.each([
  ['a name without refs/', { ref: 'topic' }],
  ['a name git does not take', { ref: 'refs/heads/a..b' }],
  ['a commit that is not there', { ref: 'refs/heads/x', sha: 'f'.repeat(40) }],
  ['a short sha', { ref: 'refs/heads/x', sha: 'abc1234' }]
])('a ref with %s is 422', async (_sentence, more) => {
  const body = { sha: await head('main'), ...more }
  expect((await bench.call('POST', `${path}/git/refs`, { token: ann, body })).status).toBe(422)
})

test('commits, branches and comparisons come from git', async () => {
  const first = await head('main')
  const at = { repository, branch: 'feature/x', path: 'src/sum.js', text: 'one\n', token: ann }
  const second = await commitOn(bench, at)
  const branch = await bench.call('GET', `${path}/branches/feature/x`)
  expect(branch.body).toMatchObject({ name: 'feature/x', commit: { sha: second } })
  const commit = await bench.call('GET', `${path}/commits/feature%2Fx`)
  expect(commit.body).toMatchObject({
    sha: second,
    author: { login: 'ann' },
    parents: [{ sha: first }],
    stats: { additions: 0, deletions: 2, total: 2 },
    files: [{ filename: 'src/sum.js', status: 'modified' }]
  })
  const list = await bench.call('GET', `${path}/commits?sha=feature/x`)
  expect(list.list.map(one => one.sha)).toEqual([second, first])
  const ahead = await bench.call('GET', `${path}/compare/main...feature/x`)
  expect(ahead.body).toMatchObject({
    status: 'ahead',
    ahead_by: 1,
    behind_by: 0,
    merge_base_commit: { sha: first },
    commits: [{ sha: second }],
    files: [{ filename: 'src/sum.js' }]
  })
  const same = await bench.call('GET', `${path}/compare/main...main`)
  expect(same.body).toMatchObject({ status: 'identical', total_commits: 0 })
  expect((await bench.call('GET', `${path}/commits/none`)).status).toBe(422)
  expect((await bench.call('GET', `${path}/branches/none`)).status).toBe(404)
})

test('users and the repository are told', async () => {
  const me = await bench.call('GET', '/user', { token: ann })
  expect(me.body).toMatchObject({ login: 'ann', type: 'User' })
  const bot = encodeURIComponent(`${bench.sandbox.app.slug}[bot]`)
  expect((await bench.call('GET', `/users/${bot}`)).body.type).toBe('Bot')
  expect((await bench.call('GET', '/users/nobody-here')).status).toBe(404)
  const read = await bench.call('GET', path.toUpperCase().replace('/REPOS', '/repos'))
  expect(read.body).toMatchObject({ full_name: repository, default_branch: 'main' })
  expect((await bench.call('GET', '/nothing/here')).status).toBe(404)
})
