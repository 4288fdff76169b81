/** The doctor against the sandbox: each permission, event and setting, taken away in turn, is named alone. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { readAppManifest } from '#app/config/app-manifest.ts'
import type { Finding } from '#app/core/doctor/finding.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { stagewright } from '#app/testing/command-line.ts'
import { beginStory, STORY_REPOSITORY, STORY_SECRET, type Story } from '#app/testing/story.ts'

const { permissions, events } = readAppManifest()
const ALL = Object.fromEntries(permissions.map(({ name, access }) => [name, access]))
const EVENTS = events.map(({ name }) => name)
const REPO = `/repos/${STORY_REPOSITORY}`

/** Speed settings of the server that tests run on: the doctor is right to name them, in every case. */
const OF_THE_TEST_SERVER = ['fail database.fsync', 'fail database.full_page_writes']

let story: Story
let publicUrl: string

beforeAll(async () => {
  story = await beginStory()
  publicUrl = (await story.start()).url
  for (const name of ['run:dev', 'run:dev:revise'])
    await story.as('mona')('POST', `${REPO}/labels`, { name, color: '0e8a16' })
  await heardFrom()
}, 60_000)
afterEach(async () => {
  story.sandbox.setPermissions(ALL)
  story.sandbox.setEvents(EVENTS)
  story.sandbox.setWebhook({ url: `${publicUrl}${WEBHOOK_PATH}`, secret: STORY_SECRET })
  await heardFrom()
})
afterAll(() => story.end())

/** A delivery goes to wherever the webhook points now. */
async function heardFrom(): Promise<void> {
  await story.issue('Something happens', '')
  await story.sandbox.settled()
}

interface Told {
  readonly code: number
  readonly wrong: readonly string[]
  readonly findings: readonly Finding[]
}

async function doctor(changes: Readonly<Record<string, string>> = {}): Promise<Told> {
  const env = story.environment({ STAGEWRIGHT_PUBLIC_URL: publicUrl, ...path(), ...changes })
  const { code, stdout } = await stagewright(['doctor', '--json'], env)
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  const wrong = findings
    .filter(({ status }) => status === 'fail' || status === 'warn')
    .map(({ status, check }) => `${status} ${check}`)
    .filter(line => !OF_THE_TEST_SERVER.includes(line))
  return { code, wrong, findings }
}

function path(): Record<string, string> {
  return { PATH: process.env.PATH ?? '' }
}

test('where everything is right only the test server’s own settings are named', async () => {
  const { wrong, findings } = await doctor()
  expect(wrong).toEqual([])
  const checks = findings.map(({ check }) => check)
  expect(checks).toEqual(expect.arrayContaining(['database.version', 'disk', 'clock', 'app']))
  expect(checks).toEqual(expect.arrayContaining(['isolation', 'git']))
  expect(checks).toEqual(expect.arrayContaining(EVENTS.map(event => `event.${event}`)))
  expect(checks).toEqual(expect.arrayContaining(Object.keys(ALL).map(name => `permission.${name}`)))
  expect(checks).toContain(`labels.${STORY_REPOSITORY}`)
  expect(checks).toContain(`workflows.${STORY_REPOSITORY}`)
}, 60_000)

// GitHub gives every App `metadata: read`, and nobody can take it away.
test.each(Object.keys(ALL).filter(name => name !== 'metadata'))(
  'without the permission %s it names that one, and its page',
  async name => {
    const { [name]: _gone, ...rest } = ALL
    story.sandbox.setPermissions(rest)
    const { wrong, code, findings } = await doctor()
    expect(wrong).toEqual([`fail permission.${name}`])
    expect(code).toBe(1)
    const named = findings.find(({ check }) => check === `permission.${name}`)
    expect(named?.url).toMatch(/\/settings\/apps\/[a-z-]+\/permissions$/)
    expect((await fetch(named?.url ?? '')).status).toBe(200)
  },
  60_000
)

test.each(permissions.filter(({ access }) => access === 'write').map(({ name }) => name))(
  'with the permission %s to read only it names that one',
  async name => {
    story.sandbox.setPermissions({ ...ALL, [name]: 'read' })
    expect((await doctor()).wrong).toEqual([`fail permission.${name}`])
  },
  60_000
)

test.each(EVENTS)(
  'without the event %s it names that one',
  async name => {
    story.sandbox.setEvents(EVENTS.filter(event => event !== name))
    expect((await doctor()).wrong).toEqual([`fail event.${name}`])
  },
  60_000
)

test('a permission that the account has not accepted yet is named with the account', async () => {
  const { checks: _gone, ...rest } = ALL
  story.sandbox.setPermissions(rest)
  story.sandbox.setPermissions(ALL, { accepted: false })
  const { wrong, findings } = await doctor()
  expect(wrong).toEqual(['fail installation.octo'])
  expect(
    findings.find(({ status, check }) => status === 'fail' && check.startsWith('inst'))
  ).toMatchObject({
    what: 'has not accepted checks: write'
  })
  story.sandbox.acceptPermissions('octo')
  expect((await doctor()).wrong).toEqual([])
}, 60_000)

test('a suspended installation is named', async () => {
  story.sandbox.suspend('octo')
  expect((await doctor()).wrong).toEqual(['fail installation.octo'])
  story.sandbox.unsuspend('octo')
}, 60_000)

test('a webhook that points elsewhere is named with both addresses', async () => {
  const { wrong, findings } = await doctor({ STAGEWRIGHT_PUBLIC_URL: 'https://new.example.com' })
  expect(wrong).toEqual(['fail webhook.url'])
  const { what } = findings.find(({ check }) => check === 'webhook.url') ?? never()
  expect(what).toContain(`${publicUrl}${WEBHOOK_PATH}`)
  expect(what).toContain(`https://new.example.com${WEBHOOK_PATH}`)
}, 60_000)

test('a wrong secret shows in GitHub’s own delivery log', async () => {
  story.sandbox.setWebhook({ url: `${publicUrl}${WEBHOOK_PATH}`, secret: 'another secret' })
  await heardFrom()
  const { wrong, findings } = await doctor()
  expect(wrong).toEqual(['fail webhook.deliveries'])
  expect(findings.find(({ check }) => check === 'webhook.deliveries')?.what).toContain('signature')
}, 60_000)

test('an address that nobody answers shows there too', async () => {
  const closed = await freeAddress()
  story.sandbox.setWebhook({ url: `${closed}${WEBHOOK_PATH}`, secret: STORY_SECRET })
  await heardFrom()
  const { wrong, findings } = await doctor({ STAGEWRIGHT_PUBLIC_URL: closed })
  expect(wrong).toEqual(['fail webhook.deliveries'])
  expect(findings.find(({ check }) => check === 'webhook.deliveries')?.what).toContain('no answer')
}, 60_000)

test('a label that is missing in a repository is named', async () => {
  await story.as('mona')('DELETE', `${REPO}/labels/run:dev`)
  const { wrong, findings, code } = await doctor()
  expect(wrong).toEqual([`warn labels.${STORY_REPOSITORY}`])
  expect(findings.find(({ check }) => check.startsWith('labels.'))?.what).toBe('not there: run:dev')
  // The speed settings of the test server fail; a warning alone is no failure.
  expect(code).toBe(1)
  await story.as('mona')('POST', `${REPO}/labels`, { name: 'run:dev', color: '0e8a16' })
}, 60_000)

test.each<readonly [string, string | null]>([
  ['no git on the PATH', null],
  ['a git that is too old', 'git version 2.30.2']
])(
  '%s is named',
  async (_what, version) => {
    const { wrong, code } = await doctor({ PATH: await pathWith(version) })
    expect(wrong).toEqual(['fail git'])
    expect(code).toBe(1)
  },
  60_000
)

/** A folder with our node, and a git that says this. */
async function pathWith(version: string | null): Promise<string> {
  const folder = join(story.folder, `path-${version === null ? 'empty' : 'old'}`)
  await mkdir(folder)
  await symlink(process.execPath, join(folder, 'node'))
  if (version !== null)
    await writeFile(join(folder, 'git'), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 })
  return folder
}

test('a workflow that runs on our branches with secrets is named with them', async () => {
  const path = '.github/workflows/deploy.yml'
  const text = [
    'on: [push]',
    'jobs:',
    '  one:',
    '    runs-on: x',
    `    env: { K: "\${{ secrets.DEPLOY_KEY }}" }`,
    '    steps: []'
  ].join('\n')
  const made = await story.as('mona')('PUT', `${REPO}/contents/${path}`, {
    message: 'Add a workflow',
    content: Buffer.from(text).toString('base64')
  })
  expect(made).toBeTruthy()
  const { wrong, findings } = await doctor()
  expect(wrong).toEqual([`warn workflows.${STORY_REPOSITORY}`])
  const { what } = findings.find(({ check }) => check.startsWith('workflows.')) ?? never()
  expect(what).toContain(path)
  expect(what).toContain('DEPLOY_KEY')
}, 60_000)

test.each<readonly [string, () => Record<string, string>, string]>([
  [
    'an agent that is not there',
    () => ({ STAGEWRIGHT_AGENT_COMMAND: '["no-such-agent"]' }),
    'fail agent.command'
  ],
  ['another App’s id', () => ({ STAGEWRIGHT_GITHUB_APP_ID: '1' }), 'fail app'],
  [
    'a database that nobody serves',
    () => ({ DATABASE_URL: 'postgres://me@127.0.0.1:1/x' }),
    'fail database'
  ],
  [
    'a GitHub that does not answer',
    () => ({ STAGEWRIGHT_GITHUB_API_URL: 'http://127.0.0.1:1' }),
    'fail app'
  ],
  [
    'a model that does not answer',
    () => ({ STAGEWRIGHT_OPENAI_API_KEY: 'k', STAGEWRIGHT_OPENAI_BASE_URL: 'http://127.0.0.1:1' }),
    'fail model.openai'
  ]
])(
  '%s is named',
  async (_what, changes, line) => {
    const { wrong, code } = await doctor(changes())
    // Without the App’s own credentials nothing further can be asked, and it says so instead of guessing.
    expect(wrong.filter(one => !one.startsWith('warn workflows'))).toEqual([line])
    expect(code).toBe(1)
  },
  60_000
)

test('no secret stands in what it says', async () => {
  const said = await stagewright(
    ['doctor'],
    story.environment({
      ...path(),
      STAGEWRIGHT_OPENAI_API_KEY: 'sk-canary-0123456789',
      STAGEWRIGHT_OPENAI_BASE_URL: 'http://127.0.0.1:1'
    })
  )
  expect(said.code).toBe(1)
  expect(said.stdout).toMatch(/^FAIL {2}model\.openai /m)
  expect(said.stdout + said.stderr).not.toMatch(/sk-canary|PRIVATE KEY|a-secret-for-stories/)
}, 60_000)

function never(): never {
  throw new Error('no such finding')
}

/** An address where nothing listens any more. */
function freeAddress(): Promise<string> {
  const server = createServer()
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(`http://127.0.0.1:${port}`))
    })
  })
}
