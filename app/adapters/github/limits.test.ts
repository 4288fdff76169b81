import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from '@jest/globals'
import { fakeRateLimiter } from '#app/testing/fake-rate-limiter.ts'
import { repositoryRow } from '#app/testing/github-bench.ts'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { type ScriptedServer, sendJson, startScriptedServer } from '#app/testing/scripted-server.ts'
import { createGitHub, type GitHub } from './create-github.ts'
import type { GitHubOptions } from './options.ts'

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const repository = repositoryRow({ id: 5, owner: 'octo', name: 'widget', installationId: 9 })
const issue = {
  number: 1,
  title: 't',
  body: null,
  user: null,
  html_url: 'https://example.org/1',
  state: 'open',
  labels: [],
  updated_at: '2026-02-01T10:00:00Z'
}

const servers: ScriptedServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()))
})

type Script = (response: ServerResponse, count: number) => void

/** Answers token requests; every other call gets the script's answer. */
async function githubThat(script: Script): Promise<ScriptedServer> {
  let count = 0
  const server = await startScriptedServer((request, response) => {
    request.resume()
    if (request.url?.endsWith('/access_tokens')) {
      const expires = new Date(Date.now() + 3_600_000).toISOString()
      sendJson(response, 201, { token: 'ghs_test', expires_at: expires })
      return
    }
    count += 1
    script(response, count)
  })
  servers.push(server)
  return server
}

/** A world whose clock only moves when somebody waits. */
function replicas(at: ScriptedServer, changes: Partial<GitHubOptions> = {}) {
  const clock = { now: 1_800_000_000_000, slept: [] as number[] }
  const shared: GitHubOptions = {
    apiUrl: at.url,
    webUrl: at.url,
    appId: 1,
    privateKey,
    limiter: fakeRateLimiter({ now: () => clock.now }),
    log: recordedLog(),
    retryBaseMs: 1,
    now: () => new Date(clock.now),
    sleep: async ms => {
      clock.slept.push(ms)
      clock.now += ms
    },
    ...changes
  }
  return { clock, one: createGitHub(shared), other: createGitHub(shared) }
}

/** Calls of the newest server, but for tokens. */
function calls(): number {
  return (servers.at(-1)?.requests ?? []).filter(({ path }) => !path.endsWith('/access_tokens'))
    .length
}

const react = (github: GitHub) => github.react(repository, { on: 'issue', number: 1 })

const refusals: ReadonlyArray<
  readonly [string, number, Readonly<Record<string, string>>, string, number]
> = [
  [
    '403 with retry-after',
    403,
    { 'retry-after': '30' },
    'You have exceeded a secondary rate limit',
    30
  ],
  ['429 with retry-after', 429, { 'retry-after': '120' }, 'Too many requests', 120],
  ['429 without a word', 429, {}, '', 60],
  [
    'a secondary limit without a header',
    403,
    {},
    'You have exceeded a secondary rate limit. Please wait',
    60
  ],
  [
    'an exhausted hour',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(1_800_000_000 + 900) },
    'API rate limit exceeded for installation',
    900
  ]
]

test.each(refusals)(
  '%s stops every replica until the time is over',
  async (_name, status, headers, message, seconds) => {
    const at = await githubThat((response, count) => {
      if (count === 1) sendJson(response, status, { message }, headers)
      else sendJson(response, 201, { id: 1, content: 'eyes' })
    })
    const { clock, one, other } = replicas(at)
    const limited = { code: 'GITHUB_LIMIT', fields: { retryAfterSeconds: seconds } }
    await expect(react(one)).rejects.toMatchObject(limited)
    expect(calls()).toBe(1)
    clock.now += seconds * 1000 - 20_000
    for (const replica of [one, other]) {
      await expect(react(replica)).rejects.toMatchObject({
        code: 'GITHUB_LIMIT',
        fields: { retryAfterSeconds: 20 }
      })
      await expect(replica.issue(repository, 1)).rejects.toMatchObject({ code: 'GITHUB_LIMIT' })
    }
    expect(calls()).toBe(1)
    clock.now += 20_000
    await react(other)
    expect(calls()).toBe(2)
  }
)

test('a limit that names no time asks for more patience each time', async () => {
  const at = await githubThat(response =>
    sendJson(response, 403, { message: 'You have triggered an abuse detection mechanism' })
  )
  const { clock, one } = replicas(at)
  const waits: unknown[] = []
  for (let tries = 0; tries < 6; tries += 1) {
    await react(one).catch(error => waits.push(error.fields.retryAfterSeconds))
    clock.now += 3_600_000
  }
  expect(waits).toEqual([60, 120, 240, 480, 900, 900])
})

test('the last call of an hour stops the ones after it before GitHub has to', async () => {
  const reset = String(1_800_000_000 + 600)
  const at = await githubThat(response =>
    sendJson(response, 200, issue, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })
  )
  const { one, other } = replicas(at)
  await one.issue(repository, 1)
  await expect(other.issue(repository, 1)).rejects.toMatchObject({
    code: 'GITHUB_LIMIT',
    fields: { retryAfterSeconds: 600 }
  })
  expect(calls()).toBe(1)
})

test('a short wait is waited, a long one is handed back', async () => {
  const at = await githubThat(response => sendJson(response, 201, { id: 1, content: 'eyes' }))
  let asked = 0
  const waiting = replicas(at, {
    limiter: {
      take: async () => ({ waitMs: asked++ % 2 === 0 ? 4000 : 0 }),
      block: async () => {}
    }
  })
  await react(waiting.one)
  expect(waiting.clock.slept).toContain(4000)
  const never = replicas(at, {
    limiter: { take: async () => ({ waitMs: 4000 }), block: async () => {} }
  })
  await expect(react(never.one)).rejects.toMatchObject({ code: 'GITHUB_LIMIT' })
  expect(never.clock.slept).toEqual([4000, 4000])
})

test('a read costs 1 point and a write 5; what people are told of also takes from content', async () => {
  const taken: Array<readonly [string, number, number]> = []
  const at = await githubThat(response => sendJson(response, 200, { ...issue, id: 1 }))
  const { one } = replicas(at, {
    limiter: {
      take: async (bucket, cost, reserve) => {
        taken.push([bucket, cost, reserve])
        return { waitMs: 0 }
      },
      block: async () => {}
    }
  })
  await one.issue(repository, 1)
  await react(one)
  await one.comment(repository, { thread: 1, id: null, marker: 'm', body: 'b', mayExist: false })
  expect(taken.filter(([bucket]) => bucket !== 'github:app')).toEqual([
    ['github:9', 1, 0],
    ['github:9', 5, 0],
    ['github:9', 5, 0],
    ['github-content:9', 1, 0]
  ])
})

test.each([500, 502, 503])('a read that got %i is asked again, a write never', async status => {
  const at = await githubThat((response, count) => {
    if (count <= 2) sendJson(response, status, { message: 'oops' })
    else sendJson(response, 200, issue)
  })
  const { one } = replicas(at)
  expect((await one.issue(repository, 1)).number).toBe(1)
  expect(calls()).toBe(3)
  const broken = await githubThat(response => sendJson(response, status, { message: 'oops' }))
  const second = replicas(broken)
  await expect(react(second.one)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' })
  expect(calls()).toBe(1)
})

test('an answer that does not come in time is GITHUB_UNAVAILABLE', async () => {
  const at = await githubThat(() => {})
  const { one } = replicas(at, { timeoutMs: 50 })
  await expect(react(one)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' })
  expect(calls()).toBe(1)
  await expect(one.issue(repository, 1)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' })
  expect(calls()).toBe(4)
})

test('a read that GitHub does not know of yet, right after its event, is asked again', async () => {
  const at = await githubThat((response, count) => {
    if (count <= 2) sendJson(response, 404, { message: 'Not Found' })
    else sendJson(response, 200, issue)
  })
  const { clock, one } = replicas(at)
  expect((await one.issue(repository, 1)).body).toBe('')
  expect(clock.slept).toEqual([500, 1500])
})

test('a permission that is missing is named as GitHub names it', async () => {
  const at = await githubThat(response =>
    sendJson(
      response,
      403,
      { message: 'Resource not accessible by integration' },
      { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' }
    )
  )
  const { one } = replicas(at)
  await expect(react(one)).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    fields: {
      hint: expect.stringContaining('needs the permission issues: write or pull_requests: write')
    }
  })
})
