import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { appJwt } from '#app/testing/app-jwt.ts'
import { createOpenApiCheck } from '#app/testing/openapi-check.ts'

let ahead = 0
let folder: string
let sandbox: Sandbox
let check: ReturnType<typeof createOpenApiCheck>
beforeEach(async () => {
  ahead = 0
  folder = await mkdtemp(join(tmpdir(), 'stagewright-app-pages-'))
  check = createOpenApiCheck('refused')
  const now = (): Date => new Date(Date.now() + ahead)
  sandbox = await startSandbox({ folder, app: 'none', now, observe: check.observe })
  sandbox.person('ann')
})
afterEach(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
  check.assertNone()
})

const MANIFEST = {
  name: 'My <App>',
  url: 'https://example.com',
  hook_attributes: { url: 'http://127.0.0.1:9/hook' },
  redirect_url: 'http://127.0.0.1:9/done?kept=1',
  setup_url: 'http://127.0.0.1:9/setup',
  default_permissions: { issues: 'write', metadata: 'read' },
  default_events: ['issues']
}

async function look(path: string): Promise<string> {
  const response = await fetch(`${sandbox.url}${path}`)
  expect(`${path} ${response.status}`).toBe(`${path} 200`)
  expect(response.headers.get('content-type')).toContain('text/html')
  return response.text()
}

function submit(
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {}
): Promise<Response> {
  const body = new URLSearchParams(form)
  return fetch(`${sandbox.url}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
}

/** Fills in the page's own form as a browser does: its hidden fields, and what the person types. */
async function press(whole: string, typed: Readonly<Record<string, string>>): Promise<Response> {
  const page = whole.slice(whole.indexOf('<main>'))
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
  const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, unescaped(value)] as const
  )
  return submit(action, { ...Object.fromEntries(hidden), ...typed })
}

function unescaped(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    quot: '"',
    lt: '<',
    gt: '>',
    amp: '&',
    '#39': "'"
  }
  return text.replaceAll(/&(quot|lt|gt|amp|#39);/g, (_, mark: string) => marks[mark] ?? '')
}

/** Goes through the flow up to the redirect. */
async function register(manifest: object = MANIFEST, org = ''): Promise<URL> {
  const path = org === '' ? '/settings/apps/new' : `/organizations/${org}/settings/apps/new`
  const page = await (
    await submit(`${path}?state=abc`, { manifest: JSON.stringify(manifest) })
  ).text()
  const done = await press(page, { name: 'My <App>', by: 'ann' })
  expect(done.status).toBe(303)
  return new URL(done.headers.get('location') ?? '', sandbox.url)
}

async function convert(code: string | null): Promise<Response> {
  return fetch(`${sandbox.apiUrl}/app-manifests/${code}/conversions`, { method: 'POST' })
}

interface Converted {
  readonly id: number
  readonly slug: string
  readonly pem: string
  readonly webhook_secret: string
  readonly [key: string]: unknown
}

test('a sandbox without an App has none, and repositories that nothing is installed on', async () => {
  expect(() => sandbox.app).toThrow('it has none yet')
  const made = await sandbox.createRepository({ owner: 'ann', name: 'one', files: { a: 'a' } })
  expect(made.installationId).toBeNull()
  const page = await look('/settings/apps')
  expect(page).toContain('None yet')
})

test('the confirm page shows what is asked for, escaped', async () => {
  const response = await submit('/settings/apps/new', { manifest: JSON.stringify(MANIFEST) })
  const page = await response.text()
  expect(page).toContain('Create GitHub App')
  expect(page).toContain('value="My &lt;App&gt;"')
  expect(page).not.toContain('<App>')
  expect(page).toContain('http://127.0.0.1:9/hook')
  expect(page).toContain('<code>issues</code>: write')
})

test('the code brings the credentials of a new App, once', async () => {
  const back = await register()
  expect(back.searchParams.get('kept')).toBe('1')
  expect(back.searchParams.get('state')).toBe('abc')
  const answer = await convert(back.searchParams.get('code'))
  expect(answer.status).toBe(201)
  const app = (await answer.json()) as Converted
  expect(app).toMatchObject({
    slug: 'my-app',
    name: 'My <App>',
    owner: { login: 'ann' },
    permissions: { metadata: 'read', issues: 'write' },
    events: ['issues'],
    html_url: `${sandbox.url}/apps/my-app`,
    client_id: expect.any(String),
    client_secret: expect.stringMatching(/^[0-9a-f]{40}$/),
    webhook_secret: expect.stringMatching(/^[0-9a-f]{40}$/)
  })
  expect((await convert(back.searchParams.get('code'))).status).toBe(404)
  const token = appJwt({ id: app.id, privateKey: app.pem })
  const self = await fetch(`${sandbox.apiUrl}/app`, {
    headers: { authorization: `bearer ${token}` }
  })
  expect(await self.json()).toMatchObject({ id: app.id, slug: 'my-app' })
})

test('a code is good for one hour', async () => {
  const back = await register()
  ahead = 3_600_001
  expect((await convert(back.searchParams.get('code'))).status).toBe(404)
  expect((await convert('strange')).status).toBe(404)
})

test('the first that the new webhook gets is a ping, with the App named in it', async () => {
  await register()
  await sandbox.settled()
  const [ping] = sandbox.deliveries()
  expect(ping?.event).toBe('ping')
  expect(JSON.parse(ping?.body ?? '{}')).toMatchObject({
    hook: { type: 'App', app_id: sandbox.app.id, events: ['issues'] }
  })
})

test('an App without a webhook has no secret for one', async () => {
  const { hook_attributes: _, ...rest } = MANIFEST
  const back = await register(rest)
  const app = (await (await convert(back.searchParams.get('code'))).json()) as Converted
  expect(app.webhook_secret).toBeNull()
  expect(sandbox.deliveries()).toEqual([])
})

test('an organization owns what is registered for it', async () => {
  sandbox.organization('widgets')
  const back = await register(MANIFEST, 'widgets')
  const app = await (await convert(back.searchParams.get('code'))).json()
  expect(app).toMatchObject({ owner: { login: 'widgets', type: 'Organization' } })
  expect(await look('/organizations/widgets/settings/apps/my-app')).toContain('widgets')
})

test('a manifest that is wrong is refused with the reasons', async () => {
  const manifest = JSON.stringify({ ...MANIFEST, default_events: ['push', '<b>'] })
  const response = await submit('/settings/apps/new', { manifest })
  expect(response.status).toBe(422)
  const page = await response.text()
  expect(page).toContain('Default events are not supported by permissions: push')
  expect(page).toContain('Default events unsupported: &lt;b&gt;')
})

test("the product's own app.yml is a manifest that is taken", async () => {
  const text = readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')
  const manifest = { ...parse(text), redirect_url: MANIFEST.redirect_url }
  const back = await register(manifest)
  expect((await convert(back.searchParams.get('code'))).status).toBe(201)
})

test('a second App takes the place of the first, after a warning', async () => {
  await register()
  sandbox.install('ann', 'all')
  const again = await submit('/settings/apps/new', { manifest: JSON.stringify(MANIFEST) })
  expect(await again.text()).toContain('are deleted when you go on')
  const before = sandbox.app.id
  await register()
  expect(sandbox.app.id).not.toBe(before)
  expect(await look('/settings/installations')).not.toContain('on ann')
})

test('forms of other sites are refused, but the manifest may come from one', async () => {
  const other = { origin: 'http://elsewhere.test' }
  const manifest = JSON.stringify(MANIFEST)
  expect((await submit('/settings/apps/new', { manifest }, other)).status).toBe(200)
  const form = { manifest, name: 'x', by: 'ann', org: '', state: '' }
  expect((await submit('/_sandbox/app-pages/register', form, other)).status).toBe(403)
  expect(() => sandbox.app).toThrow()
})

test('installing asks for an account and its repositories, and ends at the setup page', async () => {
  sandbox.person('bob')
  await sandbox.createRepository({ owner: 'ann', name: 'one', files: { a: 'a' } })
  await sandbox.createRepository({ owner: 'ann', name: 'two', files: { a: 'a' } })
  await register()
  expect(await look('/apps/my-app')).toContain('/apps/my-app/installations/new')
  const accounts = await look('/apps/my-app/installations/new')
  expect(accounts).toContain('>bob</a>')
  const href = /href="([^"]+target_id=\d+)">ann</.exec(accounts)?.[1] ?? ''
  const page = await look(unescaped(href))
  expect(page).toContain('ann/two')
  const done = await press(page, { selection: 'selected', repository: 'ann/one' })
  const setup = new URL(done.headers.get('location') ?? '')
  expect(setup.origin + setup.pathname).toBe(MANIFEST.setup_url)
  expect(setup.searchParams.get('setup_action')).toBe('install')
  const id = setup.searchParams.get('installation_id')
  await sandbox.settled()
  const told = sandbox.deliveries().at(-1)
  expect(JSON.parse(told?.body ?? '{}')).toMatchObject({
    action: 'created',
    installation: { id: Number(id), repository_selection: 'selected' },
    repositories: [{ full_name: 'ann/one' }],
    sender: { login: 'ann' }
  })
  expect(await look(`/settings/installations/${id}`)).toMatch(/value="ann\/one" checked/)
})

test('with one account there is nothing to choose', async () => {
  await register()
  const answer = await fetch(`${sandbox.url}/apps/my-app/installations/new`, { redirect: 'manual' })
  expect(answer.headers.get('location')).toContain('/installations/new/permissions?target_id=')
})

test('an installation is changed, suspended, and taken off on its page', async () => {
  await sandbox.createRepository({ owner: 'ann', name: 'one', files: { a: 'a' } })
  await register()
  const id = sandbox.install('ann', 'all')
  sandbox.setPermissions({ issues: 'write', checks: 'write' }, { accepted: false })
  expect(await look(`/settings/installations/${id}`)).toContain('asks for more')
  const act = (name: string): Promise<Response> =>
    submit(`/_sandbox/app-pages/installations/${id}/${name}`, {})
  await act('accept')
  expect(await look(`/settings/installations/${id}`)).not.toContain('asks for more')
  await act('suspend')
  expect(await look(`/settings/installations/${id}`)).toContain('Suspended since')
  await act('unsuspend')
  expect((await act('nonsense')).status).toBe(404)
  expect((await act('uninstall')).headers.get('location')).toBe('/settings/installations')
  expect((await act('suspend')).status).toBe(404)
  await sandbox.settled()
  expect(sandbox.deliveries().map(one => `${one.event}.${one.action}`)).toEqual([
    'ping.null',
    'installation.created',
    'installation.new_permissions_accepted',
    'installation.suspend',
    'installation.unsuspend',
    'installation.deleted'
  ])
})

test('settings change the webhook, permissions and events, and show no secret', async () => {
  const back = await register()
  const app = (await (await convert(back.searchParams.get('code'))).json()) as Converted
  const general = await look('/settings/apps/my-app')
  expect(general).toContain(String(app.id))
  expect(general).not.toContain(app.webhook_secret)
  const form = { url: 'http://127.0.0.1:9/other', secret: 'new secret', active: 'on' }
  await press(general, form)
  const changed = await look('/settings/apps/my-app')
  expect(changed).toContain('http://127.0.0.1:9/other')
  expect(changed).not.toContain('new secret')
  expect((await press(changed, { url: 'javascript:1' })).status).toBe(422)
  const rights = await look('/settings/apps/my-app/permissions')
  expect(rights).toContain('name="permission-checks"')
  await press(rights, { 'permission-checks': 'write', event: 'check_run' })
  const token = appJwt({ id: app.id, privateKey: app.pem })
  const self = await fetch(`${sandbox.apiUrl}/app`, {
    headers: { authorization: `bearer ${token}` }
  })
  expect(await self.json()).toMatchObject({
    permissions: { metadata: 'read', checks: 'write' },
    events: ['check_run']
  })
})

test('the advanced page lists deliveries and sends one again', async () => {
  await register()
  await sandbox.settled()
  const page = await look('/settings/apps/my-app/advanced')
  expect(page).toContain('failed to connect to host')
  expect(page).toContain('X-GitHub'.toLowerCase())
  const again = await press(page, {})
  expect(again.headers.get('location')).toBe('/settings/apps/my-app/advanced')
  await sandbox.settled()
  expect(sandbox.deliveries().map(one => one.event)).toEqual(['ping', 'ping'])
  expect((await fetch(`${sandbox.url}/settings/apps/other`)).status).toBe(404)
})
