import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

const PERMISSIONS = {
  issues: 'write',
  pull_requests: 'write',
  contents: 'write',
  checks: 'write'
} as const
const EVENTS = ['check_run', 'issue_comment', 'issues', 'label', 'pull_request', 'push']

let bench: TestBench
let repository: string
let ann: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  bench.sandbox.setPermissions(PERMISSIONS)
  bench.sandbox.setEvents(EVENTS)
  repository = await bench.repository()
  await bench.events()
})

async function openIssue(): Promise<readonly string[]> {
  const body = { title: 'one' }
  await bench.call('POST', `/repos/${repository}/issues`, { token: ann, body })
  return bench.events()
}

async function about(): Promise<Record<string, unknown>> {
  return { ...(await bench.call('GET', '/app', { token: bench.jwt() })).body }
}

async function installation(): Promise<Record<string, unknown>> {
  const path = `/repos/${repository}/installation`
  return { ...(await bench.call('GET', path, { token: bench.jwt() })).body }
}

test('the App tells its name, owner, permissions and events', async () => {
  expect(await about()).toMatchObject({
    slug: 'stagewright-sandbox',
    name: 'stagewright-sandbox',
    owner: { login: 'sandbox-owner' },
    permissions: { metadata: 'read', ...PERMISSIONS },
    events: EVENTS
  })
})

test('an event that is not subscribed does not come', async () => {
  bench.sandbox.setEvents(EVENTS.filter(event => event !== 'issues'))
  expect(await openIssue()).toEqual([])
  expect((await about()).events).not.toContain('issues')
  bench.sandbox.setEvents(EVENTS)
  expect(await openIssue()).toEqual(['issues.opened'])
})

test.each([
  ['issues', ['issues', 'issue_comment']],
  ['pull_requests', ['pull_request']],
  ['checks', ['check_run']],
  ['contents', ['push']]
])('without the permission %s its events are gone', async (name, events) => {
  const left = Object.fromEntries(Object.entries(PERMISSIONS).filter(([one]) => one !== name))
  bench.sandbox.setPermissions(left)
  const { events: shown, permissions } = await about()
  expect(shown).toEqual(EVENTS.filter(event => !events.includes(event)))
  expect(permissions).not.toHaveProperty(name)
})

test('without a permission the API says no and the event does not come', async () => {
  const token = await bench.appToken(repository)
  bench.sandbox.setPermissions({ ...PERMISSIONS, issues: 'read' })
  const path = `/repos/${repository}/issues`
  const refused = await bench.call('POST', path, { token, body: { title: 'x' } })
  expect(refused.status).toBe(403)
  expect(refused.body.message).toBe('Resource not accessible by integration')
  expect(await openIssue()).toEqual(['issues.opened'])
  bench.sandbox.setPermissions({ contents: 'write' })
  expect(await openIssue()).toEqual([])
})

test('buttons of a check run need write access to checks', async () => {
  const token = await bench.appToken(repository)
  const { body: main } = await bench.call('GET', `/repos/${repository}/git/ref/heads/main`, {
    token
  })
  const made = await bench.call('POST', `/repos/${repository}/check-runs`, {
    token,
    body: { name: 'run', head_sha: main.object?.sha }
  })
  await bench.events()
  bench.sandbox.setPermissions({ ...PERMISSIONS, checks: 'read' })
  await bench.sandbox.rerequest({ repository, checkRunId: Number(made.body.id), by: 'ann' })
  expect(await bench.events()).toEqual([])
})

test('what the App asks for in addition waits for the owner of an installation', async () => {
  bench.sandbox.setPermissions({ ...PERMISSIONS, actions: 'read' }, { accepted: false })
  expect((await about()).permissions).toHaveProperty('actions')
  expect((await installation()).permissions).not.toHaveProperty('actions')
  bench.sandbox.acceptPermissions('ann')
  expect((await installation()).permissions).toHaveProperty('actions', 'read')
  expect(await bench.events()).toEqual(['installation.new_permissions_accepted'])
})

test('a suspended installation has no API and no events, until it is taken back', async () => {
  const token = await bench.appToken(repository)
  bench.sandbox.suspend('ann')
  expect((await installation()).suspended_by).toMatchObject({ login: 'ann' })
  const refused = await bench.call('GET', `/repos/${repository}`, { token })
  expect(refused.status).toBe(403)
  expect(refused.body.message).toBe('This installation has been suspended')
  const minted = `/app/installations/${(await installation()).id}/access_tokens`
  expect((await bench.call('POST', minted, { token: bench.jwt() })).status).toBe(403)
  expect(await openIssue()).toEqual(['installation.suspend'])
  bench.sandbox.unsuspend('ann')
  expect(await openIssue()).toEqual(['installation.unsuspend', 'issues.opened'])
})

test('an App that is taken off has no installation and no token there', async () => {
  const token = await bench.appToken(repository)
  bench.sandbox.uninstall('ann')
  expect(await bench.events()).toEqual(['installation.deleted'])
  expect(await installation()).toMatchObject({ message: 'Not Found' })
  expect((await bench.call('GET', `/repos/${repository}`, { token })).status).toBe(401)
  expect(await openIssue()).toEqual([])
  expect(() => bench.sandbox.uninstall('ann')).toThrow('it is not installed there')
})

test('chosen repositories are told, and all of them means later ones too', async () => {
  const [, name = ''] = repository.split('/')
  bench.sandbox.install('ann', [name])
  expect(await installation()).toMatchObject({ repository_selection: 'selected' })
  await bench.events()
  const other = await bench.sandbox.createRepository({
    ...{ owner: 'ann', name: 'not-yet', files: { 'a.txt': 'a' } },
    install: false
  })
  expect(other.installationId).toBeNull()
  expect(await bench.events()).toEqual([])
  bench.sandbox.install('ann', 'all')
  expect(await bench.events()).toEqual(['installation_repositories.added'])
  const later = await bench.sandbox.createRepository({
    ...{ owner: 'ann', name: 'later', files: { 'a.txt': 'a' } },
    install: false
  })
  expect(later.installationId).not.toBeNull()
  bench.sandbox.install('ann', [name])
  expect(await bench.events()).toEqual([
    'installation_repositories.added',
    'installation_repositories.removed'
  ])
})

test('an organization has the App like a person does', async () => {
  bench.sandbox.organization('widgets')
  const files = { 'a.txt': 'a' }
  const made = await bench.sandbox.createRepository({ owner: 'widgets', name: 'one', files })
  repository = made.fullName
  expect(await installation()).toMatchObject({
    target_type: 'Organization',
    account: { login: 'widgets', type: 'Organization' }
  })
  const path = '/orgs/widgets/installation'
  expect((await bench.call('GET', path, { token: bench.jwt() })).status).toBe(200)
})
