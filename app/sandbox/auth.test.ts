import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

const start = new Date('2026-03-01T10:00:00Z')
let clock = start
let bench: TestBench
beforeAll(async () => {
  bench = await openTestBench({ now: () => clock })
})
afterAll(() => bench.close())

const seconds = Math.floor(start.getTime() / 1000)

test.each([
  ['a well-formed token is the App', {}, 200, undefined],
  ['the client id may stand for the App id', { iss: 'client' }, 200, undefined],
  ['another issuer is refused', { iss: 1 }, 401, 'Integration not found'],
  ['more than ten minutes is refused', { exp: seconds + 601 }, 401, 'too far in the future'],
  ['an expired token is refused', { exp: seconds - 1 }, 401, 'at which the assertion expires'],
  ['an issue time to come is refused', { iat: seconds + 60 }, 401, 'assertion was issued']
] as const)('JWT: %s', async (_sentence, claims, status, words) => {
  const known = await bench.call('GET', '/app', { token: bench.jwt() })
  const iss = 'iss' in claims && claims.iss === 'client' ? { iss: known.body.client_id } : {}
  const answer = await bench.call('GET', '/app', { token: bench.jwt({ ...claims, ...iss }) })
  expect(answer.status).toBe(status)
  if (words !== undefined) expect(answer.body.message).toContain(words)
})

test('a JWT with a changed payload is refused', async () => {
  const [head, , signature] = bench.jwt().split('.')
  const payload = Buffer.from(
    JSON.stringify({ iat: seconds - 30, exp: seconds + 60, iss: bench.sandbox.app.id })
  ).toString('base64url')
  const answer = await bench.call('GET', '/app', { token: `${head}.${payload}.${signature}` })
  expect(answer.status).toBe(401)
})

test('an unknown token is 401 Bad credentials, in the shape of GitHub', async () => {
  const answer = await bench.call('GET', '/user', { token: 'ghp_nobody' })
  expect(answer.status).toBe(401)
  expect(answer.body).toMatchObject({ message: 'Bad credentials', status: '401' })
  expect(answer.body.documentation_url).toContain('http')
})

test('an installation token has the long form, lasts one hour, and can be revoked', async () => {
  const repository = await bench.repository()
  const token = await bench.appToken(repository)
  expect(token).toMatch(new RegExp(`^ghs_${bench.sandbox.app.id}_.{100,}$`))
  const path = `/repos/${repository}`
  expect((await bench.call('GET', path, { token })).status).toBe(200)
  clock = new Date(start.getTime() + 3_600_000)
  expect((await bench.call('GET', path, { token })).status).toBe(401)
  clock = start
  expect((await bench.call('DELETE', '/installation/token', { token })).status).toBe(204)
  expect((await bench.call('GET', path, { token })).status).toBe(401)
})

test('one owner has one installation, for all his repositories', async () => {
  const [one, two] = [await bench.repository(), await bench.repository()]
  const token = bench.jwt()
  const first = await bench.call('GET', `/repos/${one}/installation`, { token })
  const second = await bench.call('GET', `/repos/${two}/installation`, { token })
  expect(first.body.id).toBe(second.body.id)
  const list = await bench.call('GET', '/app/installations', { token })
  expect(list.list.map(each => each.account?.login)).toEqual(['ann'])
})

test('a token narrowed to one repository does not reach another', async () => {
  const [one, two] = [await bench.repository(), await bench.repository({ private: true })]
  const token = await bench.appToken(one, { repositories: [one.split('/')[1]] })
  const listed = await bench.call('GET', '/installation/repositories', { token })
  expect(listed.body.total_count).toBe(1)
  expect((await bench.call('GET', `/repos/${two}`, { token })).status).toBe(404)
  const body = { title: 'not for me' }
  expect((await bench.call('POST', `/repos/${two}/issues`, { token, body })).status).toBe(404)
})

test.each([
  ['a permission the App lacks', { permissions: { administration: 'write' } }],
  ['more than the App has', { permissions: { metadata: 'write' } }],
  ['a repository that is not there', { repositories: ['nothing'] }]
])('a token for %s is 422', async (_sentence, body) => {
  const repository = await bench.repository()
  await expect(bench.appToken(repository, body)).rejects.toThrow('422')
})

test.each([
  ['GET', '/issues', 'issues', 'read'],
  ['POST', '/issues', 'issues', 'write'],
  ['GET', '/pulls', 'pull_requests', 'read'],
  ['POST', '/pulls', 'pull_requests', 'write'],
  ['GET', '/contents/README.md', 'contents', 'read'],
  ['PUT', '/contents/new.txt', 'contents', 'write'],
  ['POST', '/git/refs', 'contents', 'write'],
  ['POST', '/check-runs', 'checks', 'write'],
  ['GET', '/commits/main/check-runs', 'checks', 'read'],
  ['POST', '/labels', 'issues', 'write']
] as const)('%s %s asks the App for %s: %s', async (method, path, permission, access) => {
  const repository = await bench.repository({ private: true })
  const body = method === 'GET' ? undefined : {}
  const call = async (permissions: object): Promise<number> => {
    const token = await bench.appToken(repository, { permissions })
    return (await bench.call(method, `/repos/${repository}${path}`, { token, body })).status
  }
  const less = access === 'write' ? { [permission]: 'read' } : { metadata: 'read' }
  expect(await call(less)).toBe(403)
  expect(await call({ [permission]: access })).not.toBe(403)
})

test('a token loses what the App has lost since', async () => {
  const repository = await bench.repository({ private: true })
  const token = await bench.appToken(repository)
  bench.sandbox.setPermissions({ issues: 'read' })
  const body = { title: 'late' }
  const refused = await bench.call('POST', `/repos/${repository}/issues`, { token, body })
  bench.sandbox.setPermissions({
    issues: 'write',
    pull_requests: 'write',
    contents: 'write',
    checks: 'write'
  })
  expect(refused.status).toBe(403)
  expect(refused.body.message).toBe('Resource not accessible by integration')
})

test.each([
  ['a stranger may open an issue of a public repository', null, 'POST', '/issues', 201],
  ['a stranger may not label', null, 'POST', '/issues/1/labels', 403],
  ['a reader may not label', 'read', 'POST', '/issues/1/labels', 403],
  ['triage may label', 'triage', 'POST', '/issues/1/labels', 200],
  ['triage may not write files', 'triage', 'PUT', '/contents/a.txt', 403],
  ['write may write files', 'write', 'PUT', '/contents/a.txt', 201],
  ['a stranger may comment', null, 'POST', '/issues/1/comments', 201]
] as const)('people: %s', async (_sentence, role, method, path, status) => {
  const repository = await bench.repository()
  const ann = bench.sandbox.person('ann').token
  const bob = bench.sandbox.person('bob').token
  if (role !== null) bench.sandbox.addCollaborator(repository, 'bob', role)
  const issues = `/repos/${repository}/issues`
  await bench.call('POST', issues, { token: ann, body: { title: 'first' } })
  const body = { title: 'x', body: 'x', labels: ['x'], message: 'x', content: 'eA==' }
  const answer = await bench.call(method, `/repos/${repository}${path}`, { token: bob, body })
  expect(answer.status).toBe(status)
})

test('a private repository is not there for strangers and the anonymous', async () => {
  const repository = await bench.repository({ private: true })
  const token = bench.sandbox.person('bob').token
  expect((await bench.call('GET', `/repos/${repository}`, { token })).status).toBe(404)
  expect((await bench.call('GET', `/repos/${repository}`)).status).toBe(404)
  bench.sandbox.addCollaborator(repository, 'bob', 'read')
  expect((await bench.call('GET', `/repos/${repository}`, { token })).status).toBe(200)
})

test.each([
  ['ann', 'admin', 'admin'],
  ['carl', 'write', 'maintain'],
  ['dora', 'read', 'triage'],
  ['eve', 'read', 'read']
])('%s has permission %s and role %s', async (login, permission, role) => {
  const repository = await bench.repository()
  bench.sandbox.person(login)
  if (role === 'maintain' || role === 'triage') {
    bench.sandbox.addCollaborator(repository, login, role)
  }
  const token = await bench.appToken(repository)
  const path = `/repos/${repository}/collaborators/${login}/permission`
  const answer = await bench.call('GET', path, { token })
  expect(answer.body).toMatchObject({ permission, role_name: role, user: { login } })
})
