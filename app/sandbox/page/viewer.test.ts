import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'
import { type Browse, createBrowse } from './browse.ts'

let bench: TestBench
let repository: string
let browse: Browse
beforeAll(async () => {
  bench = await openTestBench()
  repository = await bench.repository()
  for (const login of ['bob', 'rita', 'ada', 'tom']) bench.sandbox.person(login)
  bench.sandbox.addCollaborator(repository, 'rita', 'write')
  bench.sandbox.addCollaborator(repository, 'ada', 'admin')
  bench.sandbox.addCollaborator(repository, 'tom', 'read')
  browse = createBrowse(bench.sandbox.url)
})
afterAll(() => bench.close())

function selected(page: string): string | undefined {
  return /<option value="[^"]*" selected>([^<]*)</.exec(page)?.[1]
}

test('until a person is chosen one is the owner of the repository, and the first person elsewhere', async () => {
  const other = await bench.sandbox.createRepository({ owner: 'bob', name: 'b', files: { a: 'a' } })
  const fresh = createBrowse(bench.sandbox.url)
  expect(selected(await fresh.look(`/${repository}`))).toBe('ann (owner)')
  expect(selected(await fresh.look(`/${other.fullName}`))).toBe('bob (owner)')
  expect(selected(await fresh.look('/'))).toBe('ann')
})

test.each([
  ['ann', 'owner'],
  ['ada', 'admin'],
  ['rita', 'write'],
  ['tom', 'read'],
  ['bob', 'stranger, no role']
])('%s is shown as %s, on every page of the repository', async (login, role) => {
  await browse.become(login)
  for (const path of ['', '/labels']) {
    expect(selected(await browse.look(`/${repository}${path}`))).toBe(`${login} (${role})`)
  }
})

test("pages about Apps know the person, too; the owner of the sandbox's own App is nobody", async () => {
  await browse.become('rita')
  const page = await browse.look('/settings/apps')
  expect(selected(page)).toBe('rita')
  expect(page).not.toContain('sandbox-owner')
})

test('the choice is a cookie that no script reads and other sites do not send along', async () => {
  const back = `/${repository}?state=all`
  const done = await browse.submit('/_sandbox/person', { login: 'RITA', back })
  expect([done.status, done.headers.get('location')]).toEqual([303, back])
  expect(done.headers.getSetCookie()).toEqual([
    'sandbox_person=rita; Path=/; HttpOnly; SameSite=Lax'
  ])
})

test.each([
  'https://elsewhere.test/',
  '//elsewhere.test/',
  '/\\elsewhere.test',
  '/.//elsewhere.test',
  'javascript:alert(1)',
  'http://['
])('the choice does not lead to %s', async back => {
  const done = await browse.submit('/_sandbox/person', { login: 'rita', back })
  expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
})

test.each([
  ['nobody', 'nobody', 404],
  ["the owner of the sandbox's own App", 'sandbox-owner', 404],
  ['a bot', 'stagewright-sandbox[bot]', 404]
])('one cannot become %s', async (_who, login, status) => {
  const refused = await browse.submit('/_sandbox/person', { login, back: '/' })
  expect(refused.status).toBe(status)
  expect(await refused.text()).toContain('there is no such person')
})

test('a person who is new acts at once, as a stranger', async () => {
  const done = await browse.submit('/_sandbox/people', { login: 'new-comer' })
  expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
  expect(await browse.look('/')).toContain('<li>new-comer</li>')
  expect(selected(await browse.look(`/${repository}`))).toBe('new-comer (stranger, no role)')
})

test.each([
  ['-wrong-', 'use up to 39 letters'],
  ['<b>', 'use up to 39 letters'],
  ['widgets', 'belongs to an organization']
])('%s is not added as a person', async (login, words) => {
  bench.sandbox.organization('widgets')
  const refused = await browse.submit('/_sandbox/people', { login })
  expect(refused.status).toBe(400)
  const page = await refused.text()
  expect(page).toContain(words)
  expect(page).not.toContain('<b>')
})

test('a cookie of somebody unknown here, as of another sandbox, is passed over', async () => {
  const response = await fetch(`${bench.sandbox.url}/${repository}`, {
    headers: { cookie: 'sandbox_person=somebody' }
  })
  expect(selected(await response.text())).toBe('ann (owner)')
})

test.each([
  '/_sandbox/person',
  '/_sandbox/people',
  '/_sandbox/faults/calls',
  '/_sandbox/faults/clear',
  '/_sandbox/ann/demo-1/issues',
  '/_sandbox/ann/demo-1/labels',
  '/_sandbox/ann/demo-1/issues/1/comments',
  '/_sandbox/ann/demo-1/pull/1/reviews',
  '/_sandbox/ann/demo-1/pull/1/merge'
])('%s takes no form from another site', async path => {
  const refused = await browse.submit(path, {}, { origin: 'https://elsewhere.test' })
  expect(refused.status).toBe(403)
  expect(await refused.text()).toContain('it comes from https://elsewhere.test')
})

test('no page may be framed by another site, or run a script', async () => {
  const response = await fetch(`${bench.sandbox.url}/${repository}`)
  const policy = response.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
})
