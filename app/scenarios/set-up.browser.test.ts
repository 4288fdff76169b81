import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { endLocalRuns } from '#app/cli/demo/runner-host.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { openBrowser, seriousFindings } from '#app/testing/browser.ts'
import { type StartProcess, startProcess } from '#app/testing/start-process.ts'

jest.setTimeout(180_000)

const AGENT = fileURLToPath(new URL('../testing/story-agent.mjs', import.meta.url))
const SHOTS = process.env.STAGEWRIGHT_TEST_SCREENSHOTS

let folder = ''
let sandbox: Sandbox
let browser: Browser
let context: BrowserContext
let page: Page
let server: StartProcess
const processes: StartProcess[] = []
/** Everything that a browser was shown. */
let shown = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewright-story-'))
  // Runs have users of their own, who must get to the agent's program.
  await chmod(folder, 0o711)
  for (const name of ['github', 'server', 'home']) await mkdir(join(folder, name), { mode: 0o700 })
  await copyFile(AGENT, join(folder, 'agent.mjs'))
  // As with a version manager: what the shell finds stands where no service looks.
  await mkdir(join(folder, 'bin'))
  await symlink(process.execPath, join(folder, 'bin', 'node'))
  sandbox = await startSandbox({ folder: join(folder, 'github'), app: 'none' })
  sandbox.person('mona')
  await sandbox.createRepository({
    ...{ owner: 'mona', name: 'shop', files: { 'README.md': '# Shop\n' } },
    install: false
  })
  browser = await openBrowser()
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } })
  page = await context.newPage()
})

afterAll(async () => {
  for (const one of processes) await one.stop()
  await browser?.close()
  await endLocalRuns(join(folder, 'state'))
  await sandbox?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** Where things are, and nothing else: no key of an App, no agent. */
function start(): StartProcess {
  const { PATH = '' } = process.env
  const started = startProcess(join(folder, 'server'), {
    PATH: [join(folder, 'bin'), PATH].join(delimiter),
    HOME: join(folder, 'home'),
    PORT: '0',
    STAGEWRIGHT_STATE_DIR: join(folder, 'state'),
    // Not root: the page would ask for this, with the same outcome.
    ...(process.getuid?.() === 0 ? {} : { STAGEWRIGHT_ALLOW_UNISOLATED: 'true' })
  })
  processes.push(started)
  return started
}

/** A step as a person finds it: readable in both themes, its buttons big enough to hit. */
async function look(name: string, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  shown += await page.content()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const path = SHOTS === undefined ? null : join(SHOTS, `${name}-${colorScheme}.png`)
    if (path !== null) await page.screenshot({ path, fullPage: true })
    expect({ name, colorScheme, found: await seriousFindings(page) }).toEqual({
      ...{ name, colorScheme, found: [] }
    })
  }
  for (const target of await page.locator('a, button, input:not([type=hidden]), textarea').all()) {
    const box = await target.boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24)
  }
}

const next = () => page.getByRole('button', { name: 'Continue' }).click()

test('with nothing set, npm start serves a page that ends with a running App whose first run:dev opens a pull request', async () => {
  server = start()
  const { setup } = await server.line(0)
  const origin = new URL(String(setup)).origin

  await page.goto(String(setup))
  await look('1-addresses', 'Where are GitHub and this server?')
  await next()
  await look('1-addresses-wrong', 'Where are GitHub and this server?')
  await page.getByLabel(/GitHub Enterprise Server/).check()
  await page.getByLabel('Its address').fill(sandbox.url)
  await page.getByLabel('Address', { exact: true }).fill(origin)
  await next()

  await look('2-account', 'Who owns the App?')
  await page.getByLabel('Name of the App').fill('shop-helper')
  await next()

  await look('3-agent', 'Which agent does the work?')
  await page.getByLabel('A program of mine').check()
  await page.getByLabel(/^Program and arguments/).fill(`node\n${join(folder, 'agent.mjs')}`)
  await next()

  await look('4-create', 'Create the App on GitHub')
  await page.getByRole('button', { name: /^Create it on/ }).click()
  await page.getByRole('button', { name: /^Create GitHub App/ }).click()

  await look('5-running', 'It runs')
  expect(await server.line(1)).toMatchObject({ url: origin, role: 'all' })
  await page.getByRole('link', { name: 'Install it on your repositories' }).click()
  await page.getByRole('button', { name: 'Install' }).click()
  await look('6-installed', 'The App is installed')
  expect(page.url()).toContain(`${origin}/setup/installed?`)

  const { number } = await asMona('POST', '/repos/mona/shop/issues', {
    title: 'Say hello',
    body: 'AGENT: write hello.txt hello'
  })
  await asMona('POST', `/repos/mona/shop/issues/${number}/labels`, { labels: ['run:dev'] })
  const pulls = await until(async () => {
    const open = await asMona('GET', '/repos/mona/shop/pulls')
    return Array.isArray(open) && open.length > 0 ? open : null
  })
  expect(pulls[0]).toMatchObject({
    user: { login: 'shop-helper[bot]' },
    head: { ref: `stagewright/issue-${number}` }
  })
})

test('the settings and the private key are files that only their owner can read, and no page or log holds a secret', async () => {
  const file = join(folder, 'server', '.env')
  const settings = parseEnv(await readFile(file, 'utf8'))
  const keyFile = settings.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH ?? ''
  for (const path of [file, keyFile]) expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(Object.keys(settings).sort()).toEqual([
    'STAGEWRIGHT_AGENT',
    'STAGEWRIGHT_AGENT_COMMAND',
    'STAGEWRIGHT_AGENT_PATH',
    'STAGEWRIGHT_GITHUB_API_URL',
    'STAGEWRIGHT_GITHUB_APP_ID',
    'STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH',
    'STAGEWRIGHT_GITHUB_WEB_URL',
    'STAGEWRIGHT_PUBLIC_URL',
    'STAGEWRIGHT_WEBHOOK_SECRET'
  ])
  expect(settings.STAGEWRIGHT_AGENT_PATH).toBe(join(folder, 'bin'))
  const key = await readFile(keyFile, 'utf8')
  const secrets = [settings.STAGEWRIGHT_WEBHOOK_SECRET ?? '', key.split('\n')[1] ?? '']
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(15)
    expect(`${shown}${server.said()}${JSON.stringify(server.lines)}`).not.toContain(secret)
  }
})

test('the next start in that folder takes the settings and asks nothing', async () => {
  expect(await server.stop()).toBe(0)
  const again = start()
  expect(await again.line(0)).toMatchObject({ role: 'all', webhook: expect.any(String) })
  expect(await again.stop()).toBe(0)
})

async function asMona(
  method: string,
  path: string,
  body?: unknown
): Promise<Readonly<Record<string, unknown>>> {
  const { token } = sandbox.person('mona')
  const answer = await fetch(`${sandbox.apiUrl}${path}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  expect(answer.ok).toBe(true)
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await ask()
    if (found !== null) return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`waited a minute; the server said:\n${server.said().slice(-4000)}`)
}
