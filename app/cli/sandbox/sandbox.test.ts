/** `stagewright sandbox` as somebody uses it who writes a GitHub App of their own with Probot. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createNodeMiddleware, createProbot } from 'probot'
import { readConfig } from '#app/config.ts'
import { type StartProcess, startProcess } from '#app/testing/start-process.ts'
import { at } from '#app/testing/story.ts'

const run = promisify(execFile)
let temp: string
let running: StartProcess | null = null
let server: Server | null = null

beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), 'stagewright-sandbox-test-'))
})
afterEach(async () => {
  await running?.stop()
  running = null
  server?.closeAllConnections()
  server?.close()
  server = null
})
afterAll(() => rmSync(temp, { recursive: true, force: true }))

function begin(...options: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  running = start({}, ...options)
  return running.line(0)
}

function start(env: Readonly<Record<string, string>>, ...options: readonly string[]): StartProcess {
  const all = { PATH: process.env.PATH ?? '', TMPDIR: temp, HOME: temp, ...env }
  return startProcess(temp, all, ['sandbox', ...options])
}

function tokenOf(told: unknown, login: string): string {
  const people = at(told, 'people') as ReadonlyArray<{ login: string; token: string }>
  return people.find(one => one.login === login)?.token ?? ''
}

async function call(told: unknown, login: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${at(told, 'apiUrl')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `token ${tokenOf(told, login)}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${response.status} ${at(answer, 'message')}`)
  return answer
}

test('an App of anybody’s, written with Probot, gets its webhooks and answers over the API', async () => {
  server = createServer()
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server?.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const webhook = `http://127.0.0.1:${port}/api/github/webhooks`
  const told = await begin('--webhook', webhook, '--repository', 'acme/shop')
  const file = String(at(told, 'app', 'files', 'probot'))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const env = { ...parseEnv(readFileSync(file, 'utf8')), LOG_LEVEL: 'fatal' as const }
  const probot = createProbot({ env })
  const middleware = await createNodeMiddleware(
    app => {
      app.on('issues.opened', async context => {
        const body = `Thank you, ${context.payload.sender.login}.`
        await context.octokit.rest.issues.createComment(context.issue({ body }))
      })
    },
    { probot }
  )
  server.on('request', (request, response) => void middleware(request, response))

  await call(told, 'sam', '/repos/acme/shop/issues', { title: 'Hello', body: 'From a stranger.' })
  const path = '/repos/acme/shop/issues/1/comments'
  const end = Date.now() + 20_000
  let comments: unknown = []
  while (at(comments, 'length') === 0 && Date.now() < end) {
    comments = await call(told, 'lina', path)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  expect(comments).toMatchObject([
    { body: 'Thank you, sam.', user: { login: 'stagewright-sandbox[bot]' } }
  ])
})

test('its people have the rights they are listed with, over REST and over git', async () => {
  const told = await begin()
  const roles = ['mona', 'lina', 'sam'].map(async login => {
    const url = `/repos/octo/pages/collaborators/${login}/permission`
    return at(await call(told, 'mona', url), 'permission')
  })
  expect(await Promise.all(roles)).toEqual(['admin', 'write', 'read'])
  await expect(
    call(told, 'sam', '/repos/octo/pages/labels', { name: 'mine', color: 'ededed' })
  ).rejects.toThrow(/^40[34] /)
  const url = new URL(String(at(told, 'repositories', 0, 'cloneUrl')))
  url.username = 'lina'
  url.password = tokenOf(told, 'lina')
  await run('git', ['clone', '-q', url.href, join(temp, 'clone')])
  expect(readdirSync(join(temp, 'clone'))).toContain('package.json')
})

test('Stagewright starts with the settings it writes for it, but for the agent', async () => {
  const told = await begin()
  const file = String(at(told, 'app', 'files', 'stagewright'))
  const settings = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
  const config = readConfig({ ...settings, STAGEWRIGHT_AGENT_COMMAND: '["true"]' })
  expect(config.github).toMatchObject({ appId: at(told, 'app', 'appId') })
  expect(config.github.apiUrl).toBe(at(told, 'apiUrl'))
})

test('a webhook secret of one’s own is taken from the environment, when it can stand in a file', async () => {
  running = start({ STAGEWRIGHT_WEBHOOK_SECRET: 'my-own/secret+0123456=' })
  const told = await running.line(0)
  expect(told).toMatchObject({ app: { webhookSecret: 'my-own/secret+0123456=' } })
  const quoted = start({ STAGEWRIGHT_WEBHOOK_SECRET: "it's; rm -rf" })
  expect(await quoted.line(0)).toMatchObject({
    error: {
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('STAGEWRIGHT_WEBHOOK_SECRET')
    }
  })
  expect(await quoted.ended).toBe(2)
})

test('without an App there is none, and nothing is left when it ends', async () => {
  const told = await begin('--no-app')
  expect(told).toMatchObject({ app: null })
  const page = await fetch(`${at(told, 'url')}/settings/apps/new`)
  expect(page.status).toBe(200)
  const before = readdirSync(temp).filter(name => name.startsWith('stagewright-sandbox-'))
  expect(before).toHaveLength(1)
  expect(await running?.stop()).toBe(0)
  expect(readdirSync(temp).filter(name => name.startsWith('stagewright-sandbox-'))).toEqual([])
})

test('a port that is taken is said in words, with what to do', async () => {
  const told = await begin()
  const { port } = new URL(String(at(told, 'url')))
  const second = start({}, '--port', port)
  expect(await second.line(0)).toMatchObject({
    ok: false,
    error: { code: 'CONFLICT', message: expect.stringContaining('choose another --port') }
  })
  expect(await second.ended).toBe(1)
  expect(second.said()).not.toContain('    at ')
  const mine = dirname(String(at(told, 'app', 'privateKeyPath')))
  const left = readdirSync(temp).filter(name => name.startsWith('stagewright-sandbox-'))
  expect(left.map(name => join(temp, name))).toEqual([mine])
})
