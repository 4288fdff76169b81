import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Octokit } from '@octokit/core'
import { parse, validate } from 'graphql'
import type { Repository } from '#app/core/project.ts'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'
import { appJwt } from '#app/testing/app-jwt.ts'
import { fakeRateLimiter } from '#app/testing/fake-rate-limiter.ts'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'
import { readGitHubSchema } from '#app/testing/github-schema.ts'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { guard, octokitDefaults } from './guard.ts'
import { createLimits } from './limits.ts'
import { settingsOf } from './options.ts'
import { readWorkflowFiles, workflowFilesQuery } from './workflow-files.ts'

const SCHEMA = readGitHubSchema()
const APP = new URL('../../', import.meta.url)

/** Every query string that the product sends. */
const QUERIES: ReadonlyArray<readonly [string, string]> = [1, 2, 10].map(count => [
  `workflow files of ${count}`,
  workflowFilesQuery(count)
])

let bench: GitHubBench
beforeAll(async () => {
  bench = await startGitHubBench()
})
afterAll(() => bench.close())
afterEach(() => bench.sandbox.setRateLimit(5000))

/** A guarded client, and what it asked of the limiter. */
function client(token: string = bench.owner.token): {
  readonly octokit: Octokit
  readonly asked: string[]
} {
  const asked: string[] = []
  const fake = fakeRateLimiter()
  const limiter: RateLimiter = {
    async take(bucket, cost, reserve) {
      asked.push(`take ${cost}`)
      return fake.take(bucket, cost, reserve)
    },
    async block(bucket, seconds) {
      asked.push('block')
      return fake.block(bucket, seconds)
    }
  }
  const settings = settingsOf({
    apiUrl: bench.sandbox.apiUrl,
    webUrl: bench.sandbox.url,
    appId: bench.sandbox.app.id,
    privateKey: bench.sandbox.app.privateKey,
    limiter,
    log: recordedLog(),
    sleep: async () => {}
  })
  const octokit = new Octokit({ ...octokitDefaults(settings), auth: token })
  const bucketOf = async (): Promise<string> => 'github:7'
  guard(octokit, { settings, limits: createLimits(settings), bucketOf })
  return { octokit, asked }
}

async function repository(
  name: string,
  files: Readonly<Record<string, string>>
): Promise<Pick<Repository, 'owner' | 'name'>> {
  const { login } = bench.owner
  await bench.sandbox.createRepository({ owner: login, name, files, private: true })
  return { owner: login, name }
}

test.each(QUERIES)('the query for %s fits the schema that GitHub publishes', (_name, query) => {
  expect(validate(SCHEMA, parse(query))).toEqual([])
})

test('no other file of the product sends queries of its own', () => {
  const files = readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('sandbox/')
  )
  const callers = files.filter(file =>
    /\.graphql\b[<(]/.test(readFileSync(new URL(file, APP), 'utf8'))
  )
  expect(callers).toEqual(['adapters/github/workflow-files.ts'])
})

test('workflow files of many repositories come in their order, in few calls', async () => {
  const none = await repository('no-workflows', { 'README.md': 'hello' })
  const one = await repository('one-workflow', {
    '.github/workflows/ci.yml': 'on: push\n',
    '.github/workflows/notes.txt': 'no workflow',
    '.github/workflows/more/deep.yml': 'no workflow either',
    '.github/workflows/deploy.yaml': 'on: release\n'
  })
  const before = bench.sandbox.requests().length
  const wanted = [...new Array(12).fill(none), one]
  const found = await readWorkflowFiles(client().octokit, wanted)
  expect(found.slice(0, 12)).toEqual(new Array(12).fill([]))
  expect(found[12]).toEqual([
    { path: '.github/workflows/ci.yml', text: 'on: push\n' },
    { path: '.github/workflows/deploy.yaml', text: 'on: release\n' }
  ])
  const calls = bench.sandbox.requests().slice(before)
  expect(calls.map(call => `${call.method} ${call.path}`)).toEqual([
    'POST /api/graphql',
    'POST /api/graphql'
  ])
})

test('a file that GitHub gives no whole text of has none', async () => {
  const large = await repository('large-workflow', {
    '.github/workflows/large.yml': 'x'.repeat(600 * 1024),
    '.github/workflows/odd.yml': 'a\u0000b'
  })
  expect(await readWorkflowFiles(client().octokit, [large])).toEqual([
    [
      { path: '.github/workflows/large.yml', text: null },
      { path: '.github/workflows/odd.yml', text: null }
    ]
  ])
})

test('no repositories are no call', async () => {
  const before = bench.sandbox.requests().length
  expect(await readWorkflowFiles(client().octokit, [])).toEqual([])
  expect(bench.sandbox.requests().length).toBe(before)
})

test('a repository out of sight is NOT_FOUND by its name, and the others are read', async () => {
  const one = await repository('beside-a-missing-one', { '.github/workflows/ci.yml': 'on: push\n' })
  const missing = { owner: bench.owner.login, name: 'nowhere' }
  const found = await readWorkflowFiles(client().octokit, [one, missing, one])
  const files = [{ path: '.github/workflows/ci.yml', text: 'on: push\n' }]
  expect([found[0], found[2]]).toEqual([files, files])
  expect(found[1]).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(`${missing.owner}/nowhere`),
    fields: { hint: expect.stringContaining('again') }
  })
})

test('a permission that is missing is named', async () => {
  const { installationId } = bench.repository
  const minted = await fetch(
    `${bench.sandbox.apiUrl}/app/installations/${installationId}/access_tokens`,
    {
      method: 'POST',
      headers: { authorization: `bearer ${appJwt(bench.sandbox.app)}` },
      body: JSON.stringify({ permissions: { issues: 'read' } })
    }
  )
  const { token } = (await minted.json()) as { readonly token: string }
  const { octokit } = client(token)
  expect(await readWorkflowFiles(octokit, [bench.repository])).toMatchObject([
    { code: 'GITHUB_REFUSED', fields: { hint: expect.stringContaining('contents: read') } }
  ])
})

test('an error that is about no single repository is thrown', async () => {
  const { octokit } = client()
  const answer = {
    data: { r0: null },
    errors: [{ message: 'Something went wrong', path: ['r0'] }, { message: 'Timed out' }]
  }
  octokit.hook.wrap('request', () => ({ data: answer, headers: {}, status: 200, url: '' }))
  await expect(readWorkflowFiles(octokit, [bench.repository])).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    message: expect.stringContaining('Timed out')
  })
})

test('a limit that comes as 200 shuts the bucket like any other', async () => {
  bench.sandbox.setRateLimit(0, { login: bench.owner.login })
  const { octokit, asked } = client()
  await expect(readWorkflowFiles(octokit, [bench.repository])).rejects.toMatchObject({
    code: 'GITHUB_LIMIT'
  })
  expect(asked).toContain('block')
  bench.sandbox.setRateLimit(5000, { login: bench.owner.login })
})

test('a query takes as little of the bucket as a read', async () => {
  const { octokit, asked } = client()
  await readWorkflowFiles(octokit, [bench.repository])
  expect(asked).toEqual(['take 1'])
})
