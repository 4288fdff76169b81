import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await openTestBench()
})
afterAll(() => bench.close())

test('a lost answer leaves what was done, as often as asked and no more', async () => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  const issues = `/repos/${repository}/issues`
  const body = { title: 'lost?' }
  bench.sandbox.faults.loseAnswer({ method: 'POST', path: /\/issues$/g, times: 2 })
  for (const _ of [1, 2]) {
    await expect(bench.call('POST', issues, { token, body })).rejects.toThrow('fetch failed')
  }
  expect((await bench.call('GET', issues, { token })).list).toHaveLength(2)
  expect((await bench.call('POST', issues, { token, body })).status).toBe(201)
  expect((await bench.events()).filter(one => one === 'issues.opened')).toHaveLength(3)
  const logged = bench.sandbox.requests().filter(one => one.method === 'POST')
  expect(logged.map(one => [one.path, one.status, one.by])).toEqual([
    [issues, 201, 'ann'],
    [issues, 201, 'ann'],
    [issues, 201, 'ann']
  ])
})

test.each([
  [500, 'application/json; charset=utf-8', 'Server Error'],
  [502, 'application/json; charset=utf-8', 'Server Error'],
  [503, 'text/html', 'No server is currently available'],
  [504, 'text/html', 'No server is currently available']
] as const)('a failure with %i does nothing, as often as asked', async (status, type, words) => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  const issues = `/repos/${repository}/issues`
  const body = { title: 'never' }
  bench.sandbox.faults.fail({ method: 'POST', path: /\/issues$/, times: 2, status })
  for (const _ of [1, 2]) {
    const failed = await bench.call('POST', issues, { token, body })
    expect([failed.status, failed.headers.get('content-type')]).toEqual([status, type])
    expect(failed.text).toContain(words)
  }
  expect((await bench.call('GET', issues, { token })).list).toEqual([])
  expect((await bench.call('POST', issues, { token, body })).status).toBe(201)
})

test.each([
  [{}, 403, '60'],
  [{ status: 429, retryAfterSeconds: 7 }, 429, '7'],
  [{ retryAfterSeconds: null }, 403, null]
] as const)(
  'a secondary limit %j is told in words, and when to come back',
  async (order, status, after) => {
    const repository = await bench.repository()
    const token = bench.sandbox.person('ann').token
    bench.sandbox.faults.limit({ method: 'GET', path: /\/issues$/, times: 1, ...order })
    const limited = await bench.call('GET', `/repos/${repository}/issues`, { token })
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([status, after])
    expect(limited.body.message).toContain('You have exceeded a secondary rate limit')
    expect(Number(limited.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0)
    expect((await bench.call('GET', `/repos/${repository}/issues`, { token })).status).toBe(200)
  }
)

test('a delayed call is passed by others, and is done in the end', async () => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  const issues = `/repos/${repository}/issues`
  bench.sandbox.faults.delay({ method: 'POST', path: /\/issues$/, times: 1, ms: 300 })
  const late = bench.call('POST', issues, { token, body: { title: 'late' } })
  // Sent after it, on a connection of its own; the delay is there so that this one overtakes.
  await new Promise(resolve => setTimeout(resolve, 50))
  expect((await bench.call('POST', issues, { token, body: { title: 'soon' } })).status).toBe(201)
  expect((await late).body).toMatchObject({ number: 2, title: 'late' })
})

test('other methods and paths are not touched, and clear takes the fault away', async () => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  bench.sandbox.faults.loseAnswer({
    method: 'GET',
    path: new RegExp(`/repos/${repository}$`),
    times: 1
  })
  expect((await bench.call('GET', `/repos/${repository}/issues`, { token })).status).toBe(200)
  bench.sandbox.faults.clear()
  expect((await bench.call('GET', `/repos/${repository}`, { token })).status).toBe(200)
})
