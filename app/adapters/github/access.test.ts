import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { AppError } from '#app/core/errors.ts'
import { type GitHubBench, repositoryRow, startGitHubBench } from '#app/testing/github-bench.ts'

let bench: GitHubBench
const PERMISSIONS = {
  issues: 'write',
  pull_requests: 'write',
  contents: 'write',
  checks: 'write'
} as const

beforeAll(async () => {
  bench = await startGitHubBench()
})

afterEach(() => bench.sandbox.setPermissions(PERMISSIONS))

afterAll(() => bench.close())

function tokenOf(authorization: string): string {
  const [scheme, value = ''] = authorization.split(' ')
  expect(scheme).toBe('Basic')
  const [user, ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':')
  expect(user).toBe('x-access-token')
  return rest.join(':')
}

function askWith(token: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${bench.sandbox.apiUrl}${path}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
}

function mints(): number {
  return bench.sandbox.requests().filter(({ path }) => path.endsWith('/access_tokens')).length
}

test('the App knows its own login and the address that its commits carry', async () => {
  const { id, slug } = bench.sandbox.app
  const login = `${slug}[bot]`
  const path = `/users/${encodeURIComponent(login)}`
  const user = (await (await askWith(bench.owner.token, 'GET', path)).json()) as { id: number }
  expect(await bench.github.identity()).toEqual({
    appId: id,
    slug,
    login,
    email: `${user.id}+${login}@users.noreply.github.com`
  })
})

test('a reader token reads the code of one repository and nothing else', async () => {
  const other = await bench.sandbox.createRepository({
    owner: 'octo-owner',
    name: 'secret',
    files: { 'a.txt': 'a\n' },
    private: true
  })
  const { url, authorization } = await bench.github.git(bench.repository, 'reader')
  expect(url).toBe(`${bench.sandbox.url}/octo-owner/widget.git`)
  const token = tokenOf(authorization)
  expect((await askWith(token, 'GET', '/repos/octo-owner/widget/contents/README.md')).status).toBe(
    200
  )
  const refused = [
    await askWith(token, 'GET', '/repos/octo-owner/secret/contents/a.txt'),
    await askWith(token, 'POST', '/repos/octo-owner/widget/issues', { title: 'x' }),
    await askWith(token, 'PUT', '/repos/octo-owner/widget/contents/b.txt', {
      message: 'm',
      content: ''
    })
  ]
  for (const answer of refused) expect([403, 404]).toContain(answer.status)
  expect(other.installationId).toBe(bench.repository.installationId)
})

test('a reader token is used again, a pusher token never, and release ends it', async () => {
  await bench.github.git(bench.repository, 'reader')
  const before = mints()
  const readers = [
    await bench.github.git(bench.repository, 'reader'),
    await bench.github.git(bench.repository, 'reader')
  ]
  expect(mints()).toBe(before)
  expect(readers[0]?.authorization).toBe(readers[1]?.authorization)
  const one = await bench.github.git(bench.repository, 'pusher')
  const two = await bench.github.git(bench.repository, 'pusher')
  expect(mints()).toBe(before + 2)
  expect(one.authorization).not.toBe(two.authorization)
  const path = '/repos/octo-owner/widget/contents/README.md'
  await one.release()
  expect((await askWith(tokenOf(one.authorization), 'GET', path)).status).toBe(401)
  expect((await askWith(tokenOf(two.authorization), 'GET', path)).status).toBe(200)
  await two.release()
  await two.release()
  await readers[0]?.release()
  expect((await askWith(tokenOf(readers[0]?.authorization ?? ''), 'GET', path)).status).toBe(200)
})

test('callers that come together share one mint, and a token is replaced before it expires', async () => {
  let now = Date.now()
  const client = bench.client({ now: () => new Date(now) })
  const before = mints()
  const reads = Array.from({ length: 5 }, () => client.head(bench.repository, 'main'))
  await Promise.all(reads)
  expect(mints()).toBe(before + 1)
  now += 54 * 60_000
  await client.head(bench.repository, 'main')
  expect(mints()).toBe(before + 1)
  now += 2 * 60_000
  await client.head(bench.repository, 'main')
  expect(mints()).toBe(before + 2)
})

test('a token that was revoked meanwhile is replaced once, for a write too', async () => {
  let leaked = ''
  const client = bench.client({
    fetch: (input, init) => {
      const sent = new Headers(init?.headers).get('authorization') ?? ''
      if (sent.startsWith('token ghs_')) leaked = sent.slice('token '.length)
      return fetch(input, init)
    }
  })
  await client.head(bench.repository, 'main')
  const first = leaked
  expect((await askWith(first, 'DELETE', '/installation/token')).status).toBe(204)
  const { number } = await bench.asOwner<{ number: number }>('POST', '/issues', { title: 'x' })
  await client.labels(bench.repository, { thread: number, add: ['one'], remove: [] })
  expect((await client.issue(bench.repository, number)).labels).toEqual(['one'])
  expect(leaked).not.toBe(first)
})

test('the installation is looked up when we do not know it, and again when it has changed', async () => {
  const { providerId: id, owner, name } = bench.repository
  for (const installationId of [null, 12_345]) {
    const row = repositoryRow({ id, owner, name, installationId })
    expect(await bench.client().head(row, 'main')).toMatch(/^[0-9a-f]{40}$/)
  }
})

test('a repository without the App is refused with what to do', async () => {
  const row = repositoryRow({ id: 77, owner: 'octo-owner', name: 'nowhere', installationId: null })
  await expect(bench.github.head(row, 'main')).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    fields: { hint: 'install the App on octo-owner/nowhere' }
  })
})

test('a permission that the App was not given is named with what to do', async () => {
  bench.sandbox.setPermissions({ issues: 'read', contents: 'read' })
  const asking = bench.client().issue(bench.repository, 1)
  await expect(asking).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    message: expect.stringContaining('The permissions requested are not granted'),
    fields: { hint: expect.stringContaining('app.yml') }
  })
})

test('a key that is not the App’s is refused with what to check', async () => {
  const client = bench.client({ appId: bench.sandbox.app.id + 1 })
  await expect(client.identity()).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    fields: { hint: expect.stringContaining('private key') }
  })
})

test('no error and no log line holds a token', async () => {
  const seen: string[] = []
  const client = bench.client({
    fetch: async (input, init) => {
      const sent = new Headers(init?.headers).get('authorization')
      if (sent !== null) seen.push(sent.split(' ')[1] ?? '')
      return fetch(input, init)
    }
  })
  bench.sandbox.setPermissions({ ...PERMISSIONS, issues: 'write' })
  await client.head(bench.repository, 'main')
  bench.sandbox.setPermissions({ contents: 'read' })
  const failures: unknown[] = []
  for (const call of [
    () => client.react(bench.repository, { on: 'issue', number: 1 }),
    () => client.issue(bench.repository, 4711)
  ]) {
    await call().catch(error => failures.push(error))
  }
  expect(failures).toHaveLength(2)
  const told = failures.map(error => describe(error)).join('\n') + JSON.stringify(bench.log.entries)
  expect(seen.length).toBeGreaterThan(2)
  for (const token of seen) expect(told).not.toContain(token)
})

/** Everything that a careless logger could print of an error. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error instanceof AppError ? JSON.stringify(error.fields) : ''
  return `${error.stack} ${own} ${JSON.stringify(error)} ${describe(error.cause)}`
}
