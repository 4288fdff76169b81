import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { fakeRateLimiter } from '#app/testing/fake-rate-limiter.ts'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'
import type { GitHub } from './create-github.ts'

let bench: GitHubBench
let number: number
beforeAll(async () => {
  bench = await startGitHubBench()
  const made = await bench.asOwner<{ readonly number: number }>('POST', '/issues', { title: 'one' })
  number = made.number
})
beforeEach(() => bench.sandbox.faults.clear())
afterAll(() => bench.close())

const ISSUE = /\/issues\/\d+$/
const COMMENTS = /\/issues\/\d+\/comments$/

function comments(): Promise<readonly unknown[]> {
  return bench.asOwner('GET', `/issues/${number}/comments`)
}

function comment(by: GitHub = bench.client({ limiter: fakeRateLimiter() })) {
  const text = { thread: number, id: null, marker: 'm', body: 'b', mayExist: false }
  return by.comment(bench.repository, text)
}

test.each([500, 502, 503, 504] as const)('a read outlives two answers %i', async status => {
  bench.sandbox.faults.fail({ method: 'GET', path: ISSUE, times: 2, status })
  expect((await bench.github.issue(bench.repository, number)).title).toBe('one')
})

test.each([500, 503] as const)(
  'a write that got %i is not done and not tried again',
  async status => {
    const before = (await comments()).length
    bench.sandbox.faults.fail({ method: 'POST', path: COMMENTS, times: 1, status })
    await expect(comment()).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' })
    expect(await comments()).toHaveLength(before)
  }
)

test('a read outlives an answer that is too late, and one that is lost', async () => {
  const patient = bench.client({ timeoutMs: 1000 })
  bench.sandbox.faults.delay({ method: 'GET', path: ISSUE, times: 1, ms: 3000 })
  expect((await patient.issue(bench.repository, number)).title).toBe('one')
  bench.sandbox.faults.loseAnswer({ method: 'GET', path: ISSUE, times: 1 })
  expect((await patient.issue(bench.repository, number)).title).toBe('one')
})

test.each([
  [{ retryAfterSeconds: 17 }, 17],
  [{ status: 429, retryAfterSeconds: 90 }, 90],
  [{ retryAfterSeconds: null }, 60]
] as const)(
  'a secondary limit %j stops all that share the limiter for %i s',
  async (order, seconds) => {
    const limiter = fakeRateLimiter()
    const [one, other] = [bench.client({ limiter }), bench.client({ limiter })]
    await one.issue(bench.repository, number)
    bench.sandbox.faults.limit({ method: 'GET', path: ISSUE, times: 1, ...order })
    const limited = { code: 'GITHUB_LIMIT', fields: { retryAfterSeconds: seconds } }
    await expect(one.issue(bench.repository, number)).rejects.toMatchObject(limited)
    await expect(other.issue(bench.repository, number)).rejects.toMatchObject({
      code: 'GITHUB_LIMIT'
    })
  }
)

test('an hour that is used up stops us before GitHub has to', async () => {
  const installation = bench.repository.installationId ?? 0
  const limited = bench.client({ limiter: fakeRateLimiter() })
  await limited.issue(bench.repository, number)
  bench.sandbox.setRateLimit(0, { installation })
  await expect(limited.issue(bench.repository, number)).rejects.toMatchObject({
    code: 'GITHUB_LIMIT',
    fields: { retryAfterSeconds: expect.any(Number) }
  })
  bench.sandbox.setRateLimit(5000, { installation })
  const asked = bench.sandbox.requests().length
  await expect(limited.issue(bench.repository, number)).rejects.toMatchObject({
    code: 'GITHUB_LIMIT'
  })
  expect(bench.sandbox.requests()).toHaveLength(asked)
})

test('a permission that was taken away since is named to the owner', async () => {
  const one = bench.client()
  await comment(one)
  bench.sandbox.setPermissions({ contents: 'read', issues: 'read' })
  await expect(comment(one)).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    fields: { hint: expect.stringContaining('needs the permission issues: write') }
  })
})
