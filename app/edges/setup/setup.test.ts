import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readAppManifest } from '#app/config/app-manifest.ts'
import { AppError } from '#app/core/errors.ts'
import type { AgentLook, RegisteredApp } from '#app/core/set-up.ts'
import { createSetUp } from './index.ts'
import type { SetUpParts } from './parts.ts'

const APP: RegisteredApp = {
  id: 7,
  slug: 'shop-helper',
  name: 'shop-helper',
  pageUrl: 'https://github.com/apps/shop-helper',
  owner: 'mona',
  privateKey: 'the-pem',
  webhookSecret: 'the-hook-secret'
}

const FOUND: AgentLook = { kind: 'found', file: '/bin/agent', version: '1.2.3', folder: null }

type Changes = Partial<Pick<SetUpParts, 'registry' | 'start' | 'newChannel'>> & {
  readonly isolated?: boolean
  /** What is found of every agent. */
  readonly look?: AgentLook
  readonly add?: SetUpParts['files']['add']
}

let origin = ''
let said: string[] = []
let started: Array<Readonly<Record<string, string>>> = []
let close: () => Promise<unknown> = async () => {}
let link = (): string => ''

async function serve(changes: Changes = {}): Promise<void> {
  let tokens = 0
  const { isolated = true, add = async () => {}, look = FOUND, ...rest } = changes
  const setUp = createSetUp({
    manifest: readAppManifest(),
    webhookPath: '/api/github/webhooks',
    registry: { convert: async () => APP },
    files: { path: '/srv/.env', check: async () => {}, keepKey: async () => '/srv/key.pem', add },
    given: { github: null, modelKeys: { codex: false, claude: true }, isolated },
    lookForAgent: async () => look,
    newChannel: async () => 'https://smee.io/new-one',
    start: async settings => void started.push(settings),
    say: text => void said.push(text),
    token: () => {
      tokens += 1
      return `token-${tokens}`
    },
    origin: 'http://127.0.0.1:3000',
    ...rest
  })
  const server = createServer(setUp.handle)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  link = setUp.link
  close = () => new Promise(resolve => server.close(resolve).closeAllConnections())
}

beforeEach(() => {
  said = []
  started = []
})
afterEach(() => close())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${origin}${path}`, { redirect: 'manual', headers })

function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${origin}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, ...headers },
    body: new URLSearchParams(fields)
  })
}

/** Opens the printed link and answers the address of the steps. */
async function enter(): Promise<string> {
  const answer = await get(link())
  return (answer.headers.get('location') ?? '').replace(/\/address$/, '')
}

const ADDRESS = { github: 'cloud', server: 'public', publicUrl: 'https://sw.example.com/' }
const ACCOUNT = { owner: 'organization', organization: 'octo-org', name: 'shop-helper' }
const AGENT = { agent: 'codex', codexKey: 'sk-very-secret-key' }

async function fillIn(base: string): Promise<void> {
  for (const [step, fields] of Object.entries({ address: ADDRESS, account: ACCOUNT, agent: AGENT }))
    expect(await post(`${base}/${step}`, fields)).toMatchObject({ status: 303 })
}

/** What step 4 sends to GitHub. */
async function question(base: string) {
  const text = await (await get(`${base}/create`)).text()
  const action = new URL(/action="([^"]+)"/.exec(text)?.[1] ?? '')
  const json = (/name="manifest" value="([^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"')
  return { text, action, state: action.searchParams.get('state') ?? '', manifest: JSON.parse(json) }
}

async function answer(state: string, code = 'abc123'): Promise<string> {
  const back = await get(`/setup/created?code=${code}&state=${state}`)
  return (await get(back.headers.get('location') ?? '')).text()
}

test('the link opens the page once; a second person with it gets nothing but a hint', async () => {
  await serve()
  const first = link()
  const base = await enter()
  expect(await get(`${base}/address`)).toMatchObject({ status: 200 })
  expect(await get(first)).toMatchObject({ status: 403 })
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(`http://127.0.0.1:3000${link()}`)
  expect(link()).not.toBe(first)
})

test.each([
  ['without a token', '/setup'],
  ['with a wrong one', '/setup?token=guess'],
  ['of a session that is none', '/setup/s/guess/address'],
  ['of the start', '/'],
  ['with a state that nobody asked for', '/setup/created?code=abc&state=guess']
])('the page %s is closed', async (_what, path) => {
  await serve()
  const closed = await get(path)
  expect(closed.status).toBe(403)
  expect(await closed.text()).not.toContain(link())
})

test.each([
  ['another site', { origin: 'https://evil.example' }],
  ['a page without a name, as a sandboxed frame has', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a browser that says so itself', { 'sec-fetch-site': 'cross-site' }]
])('a form from %s changes nothing', async (_what, headers) => {
  await serve()
  const base = await enter()
  expect(await post(`${base}/address`, ADDRESS, headers)).toMatchObject({ status: 403 })
})

test('a name that was pointed at this machine (DNS rebinding) is no name of ours', async () => {
  await serve()
  const { request } = await import('node:http')
  const status = await new Promise(resolve => {
    const { port } = new URL(origin)
    const options = { port, path: link(), headers: { host: `evil.example:${port}` } }
    request(options, ({ statusCode }) => resolve(statusCode)).end()
  })
  expect(status).toBe(403)
})

test('no page may run a script, be framed, be kept, or send a form elsewhere than to GitHub', async () => {
  await serve()
  const { headers } = await get(`${await enter()}/address`)
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self' https://github.com; base-uri 'none'; frame-ancestors 'none'"
  )
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('strict-origin')
})

test('what goes to GitHub is app.yml with the addresses of this server, and a state of its own', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  const { action, manifest, state } = await question(base)
  expect(`${action.origin}${action.pathname}`).toBe(
    'https://github.com/organizations/octo-org/settings/apps/new'
  )
  expect(manifest).toMatchObject({
    name: 'shop-helper',
    public: false,
    hook_attributes: { url: 'https://sw.example.com/api/github/webhooks', active: true },
    redirect_url: `${origin}/setup/created`,
    setup_url: 'https://sw.example.com/setup/installed'
  })
  expect((await question(base)).state).not.toBe(state)
})

test('the whole way ends with the App started on what was said, and shows no secret on it', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  const pages = [await (await get(`${base}/agent`)).text(), (await question(base)).text]
  pages.push(await answer((await question(base)).state))
  expect(pages.at(-1)).toContain('https://github.com/apps/shop-helper/installations/new')
  expect(started).toEqual([
    {
      STAGEWRIGHT_GITHUB_APP_ID: '7',
      STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: '/srv/key.pem',
      STAGEWRIGHT_WEBHOOK_SECRET: 'the-hook-secret',
      STAGEWRIGHT_PUBLIC_URL: 'https://sw.example.com',
      STAGEWRIGHT_AGENT: 'codex',
      STAGEWRIGHT_OPENAI_API_KEY: 'sk-very-secret-key'
    }
  ])
  for (const secret of ['sk-very-secret-key', 'the-pem', 'the-hook-secret'])
    expect(`${pages.join()}${said.join()}`).not.toContain(secret)
})

test('a state is good for one answer', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  const { state } = await question(base)
  await answer(state)
  expect(await get(`/setup/created?code=abc123&state=${state}`)).toMatchObject({ status: 403 })
  expect(started).toHaveLength(1)
})

test('a code that is too old leads back to step 4 with everything kept', async () => {
  const convert = async () => {
    throw new AppError('NOT_FOUND', 'calling GitHub: it answered 404')
  }
  await serve({ registry: { convert } })
  const base = await enter()
  await fillIn(base)
  expect(await answer((await question(base)).state)).toContain('does not know the code any more')
  expect((await question(base)).manifest.name).toBe('shop-helper')
})

test('an App whose settings cannot be written is kept in memory until they can', async () => {
  let full = true
  await serve({
    add: async () => {
      if (full) throw new AppError('FAILED_PRECONDITION', 'writing /srv/.env: no space left')
    }
  })
  const base = await enter()
  await fillIn(base)
  const stuck = await answer((await question(base)).state)
  expect(stuck).toContain('writing /srv/.env: no space left')
  expect(started).toEqual([])
  full = false
  expect(await post(`${base}/retry`, {})).toMatchObject({ status: 303 })
  expect(await (await get(`${base}/finish`)).text()).toContain('It runs')
  expect(started).toHaveLength(1)
})

test('a start that fails says why and can be tried again', async () => {
  const failures = [new AppError('SCHEMA_BEHIND', 'run `npm run migrate` first')]
  await serve({
    start: async settings => {
      const failure = failures.pop()
      if (failure !== undefined) throw failure
      started.push(settings)
    }
  })
  const base = await enter()
  await fillIn(base)
  expect(await answer((await question(base)).state)).toContain('npm run migrate')
  await post(`${base}/retry`, {})
  expect(started).toHaveLength(1)
})

test('a second App of the same set-up is refused, and said what to do with', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  const [one, two] = [await question(base), await question(base)]
  await answer(one.state)
  const second = await get(`/setup/created?code=def456&state=${two.state}`)
  expect(await second.text()).toContain('delete it in its settings on GitHub')
  expect(started).toHaveLength(1)
})

test('a laptop without a channel gets one, and the App sends its deliveries there', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  await post(`${base}/address`, { github: 'cloud', server: 'tunnel', channelUrl: '' })
  const { manifest, state } = await question(base)
  expect(manifest.hook_attributes.url).toBe('https://smee.io/new-one')
  expect(manifest.setup_url).toBe(`${origin}/setup/installed`)
  await answer(state)
  expect(started[0]).toMatchObject({ WEBHOOK_PROXY_URL: 'https://smee.io/new-one' })
})

test.each([
  ['GitHub Enterprise Server', 'https://ghe.example.com/', 'https://ghe.example.com/api/v3'],
  ['GHE.com', 'octo.ghe.com', 'https://api.octo.ghe.com']
])('%s is asked at its own address', async (_what, githubUrl, apiUrl) => {
  await serve()
  const base = await enter()
  await fillIn(base)
  await post(`${base}/address`, { ...ADDRESS, github: 'server', githubUrl })
  const { action, state } = await question(base)
  expect(action.host).toBe(new URL(githubUrl.replace(/^octo/, 'https://octo')).host)
  await answer(state)
  expect(started[0]).toMatchObject({ STAGEWRIGHT_GITHUB_API_URL: apiUrl })
})

test.each([
  ['no address', 'address', { ...ADDRESS, publicUrl: '' }, 'that GitHub reaches'],
  ['plain http', 'address', { ...ADDRESS, publicUrl: 'http://a.b' }, 'begin with https://'],
  ['a login in it', 'address', { ...ADDRESS, publicUrl: 'https://a:b@c.d' }, 'that GitHub reaches'],
  ['no GitHub', 'address', { ...ADDRESS, github: 'server', githubUrl: '' }, 'your GitHub'],
  ['a name that is too long', 'account', { ...ACCOUNT, name: 'x'.repeat(35) }, 'at most 34'],
  ["GitHub's own name", 'account', { ...ACCOUNT, name: 'GitHub helper' }, 'begins with'],
  ['a path for a name', 'account', { ...ACCOUNT, organization: '../x' }, 'in its address'],
  ['no program', 'agent', { agent: 'command', command: '' }, 'each of its arguments'],
  ['no key', 'agent', { agent: 'codex', codexKey: '' }, 'Paste the API key']
])('%s is said at its field, and what was written stays', async (_what, step, fields, words) => {
  await serve()
  const base = await enter()
  const refused = await post(`${base}/${step}`, fields as Record<string, string>)
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain(words)
})

const REFUSED: AgentLook = { kind: 'refused', why: 'it is 0.150.0; update it' }

test.each<[string, AgentLook, string, string]>([
  ['is not there', { kind: 'absent' }, 'codex was not found', 'npm install --global @openai/codex'],
  ['a run would refuse', REFUSED, 'A run cannot work with this codex', 'it is 0.150.0; update it.']
])('an agent that %s cannot be chosen, and the page says why', async (_what, look, words, why) => {
  await serve({ look })
  const base = await enter()
  expect(await (await get(`${base}/agent`)).text()).toContain(why)
  const refused = await post(`${base}/agent`, AGENT)
  expect(refused.status).toBe(422)
  const page = await refused.text()
  for (const text of [words, why]) expect(page).toContain(text)
})

test.each<[AgentLook, string]>([
  [{ kind: 'absent' }, 'agent.sh is no program on this machine'],
  [REFUSED, 'it is 0.150.0; update it']
])('a program of one’s own that is %j cannot be chosen', async (look, words) => {
  await serve({ look })
  const refused = await post(`${await enter()}/agent`, { agent: 'command', command: 'agent.sh' })
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain(words)
})

test.each([
  ['codex', AGENT],
  ['a program', { agent: 'command', command: 'agent.sh' }]
])('the folder of %s is written when a service would not look there', async (_what, agent) => {
  await serve({ look: { ...FOUND, folder: '/opt/agents' } })
  const base = await enter()
  await fillIn(base)
  await post(`${base}/agent`, agent)
  await answer((await question(base)).state)
  expect(started[0]).toMatchObject({ STAGEWRIGHT_AGENT_PATH: '/opt/agents' })
})

test('a key of the environment is not asked for, and not written', async () => {
  await serve()
  const base = await enter()
  await fillIn(base)
  await post(`${base}/agent`, { agent: 'claude' })
  await answer((await question(base)).state)
  expect(started[0]).toMatchObject({ STAGEWRIGHT_AGENT: 'claude' })
  expect(started[0]).not.toHaveProperty('STAGEWRIGHT_ANTHROPIC_API_KEY')
})

test("where runs share this machine's user, that must be allowed out loud", async () => {
  await serve({ isolated: false })
  const base = await enter()
  expect(await post(`${base}/agent`, AGENT)).toMatchObject({ status: 422 })
  await fillInAllowed(base)
  await answer((await question(base)).state)
  expect(started[0]).toMatchObject({ STAGEWRIGHT_ALLOW_UNISOLATED: 'true' })
})

async function fillInAllowed(base: string): Promise<void> {
  await post(`${base}/address`, ADDRESS)
  await post(`${base}/account`, ACCOUNT)
  await post(`${base}/agent`, { ...AGENT, allowUnisolated: 'yes' })
}

test('what people write is text on every page', async () => {
  await serve()
  const base = await enter()
  const page = await post(`${base}/address`, {
    ...ADDRESS,
    publicUrl: '"><script>alert(1)</script>'
  })
  expect(await page.text()).not.toContain('<script')
})
