import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let path: string
let token: string
beforeAll(async () => {
  bench = await openTestBench()
  path = `/repos/${await bench.repository()}`
  token = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())

test('a tree is read by branch, commit or its own sha, one level or all', async () => {
  const flat = await bench.call('GET', `${path}/git/trees/main`, { token })
  expect(flat.body).toMatchObject({
    truncated: false,
    tree: [
      { path: 'README.md', mode: '100644', type: 'blob', size: 7 },
      { path: 'src', mode: '040000', type: 'tree' }
    ]
  })
  const deep = await bench.call('GET', `${path}/git/trees/main?recursive=1`, { token })
  const entries = deep.body.tree as unknown as readonly { path: string; sha: string }[]
  expect(entries.map(one => one.path)).toEqual(['README.md', 'src', 'src/sum.js'])
  const folder = entries.find(one => one.path === 'src')?.sha
  const below = await bench.call('GET', `${path}/git/trees/${folder}`, { token })
  expect(below.body).toMatchObject({ sha: folder, tree: [{ path: 'sum.js' }] })
  for (const nothing of ['no-such-branch', '0'.repeat(40)]) {
    expect((await bench.call('GET', `${path}/git/trees/${nothing}`, { token })).status).toBe(404)
  }
})

test('workflows are the files of the default branch, for those who may read actions', async () => {
  const list = (at: string, by: string) =>
    bench.call('GET', `/repos/${at}/actions/workflows`, { token: by })
  expect((await list(path.slice('/repos/'.length), token)).body).toEqual({
    total_count: 0,
    workflows: []
  })
  const files = {
    '.github/workflows/ci.yml': "on: push\nname: 'Build it'\n",
    '.github/workflows/notes.md': 'no',
    '.github/workflows/b.yaml': 'on: push'
  }
  const made = await bench.sandbox.createRepository({ owner: 'ann', name: 'workflows', files })
  const repository = made.fullName
  const { body } = await list(repository, token)
  expect(body).toMatchObject({
    total_count: 2,
    workflows: [
      { name: '.github/workflows/b.yaml', path: '.github/workflows/b.yaml', state: 'active' },
      { name: 'Build it', path: '.github/workflows/ci.yml' }
    ]
  })
  bench.sandbox.setPermissions({ contents: 'read' })
  const refused = await list(repository, await bench.appToken(repository))
  expect(refused.status).toBe(403)
  expect(refused.headers.get('x-accepted-github-permissions')).toBe('actions=read')
  bench.sandbox.setPermissions({ contents: 'read', actions: 'read' })
  expect((await list(repository, await bench.appToken(repository))).status).toBe(200)
})
