import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
const clock = { now: Date.parse('2026-03-01T12:00:00Z') }
beforeAll(async () => {
  bench = await openTestBench({ now: () => new Date(clock.now) })
})
afterAll(() => bench.close())

function left(answer: { readonly headers: Headers }): number {
  return Number(answer.headers.get('x-ratelimit-remaining'))
}

test('each caller has an hour of 5,000 calls of its own, and the answers count it down', async () => {
  const path = `/repos/${await bench.repository()}`
  const ann = bench.sandbox.person('ann').token
  const app = await bench.appToken(path.slice('/repos/'.length))
  const first = await bench.call('GET', path, { token: ann })
  const second = await bench.call('GET', path, { token: ann })
  expect([left(first), left(second)]).toEqual([4999, 4998])
  expect(left(await bench.call('GET', path, { token: app }))).toBe(4999)
  expect(second.headers.get('x-ratelimit-used')).toBe('2')
  expect(second.headers.get('x-ratelimit-resource')).toBe('core')
  expect(second.headers.get('x-ratelimit-reset')).toBe(String(clock.now / 1000 + 3600))
  expect((await bench.call('GET', path)).headers.get('x-ratelimit-limit')).toBe('60')
})

test('an installation that used up its hour is refused until the next one, others are not', async () => {
  const repository = await bench.repository()
  const path = `/repos/${repository}`
  const token = await bench.appToken(repository)
  const { body: installation } = await bench.call('GET', `${path}/installation`, {
    token: bench.jwt()
  })
  const { used, reset } = (await bench.call('GET', '/rate_limit', { token })).body.rate ?? {}
  bench.sandbox.setRateLimit(Number(used) + 1, { installation: Number(installation.id) })
  expect(left(await bench.call('GET', path, { token }))).toBe(0)
  const refused = await bench.call('POST', `${path}/issues`, { token, body: { title: 'no' } })
  expect([refused.status, left(refused)]).toEqual([403, 0])
  expect(refused.headers.get('x-ratelimit-reset')).toBe(String(reset))
  const words = `API rate limit exceeded for installation ID ${installation.id}.`
  expect(refused.body.message).toBe(words)
  const ann = bench.sandbox.person('ann').token
  expect((await bench.call('GET', `${path}/issues`, { token: ann })).list).toEqual([])
  clock.now = Number(reset) * 1000
  const fresh = await bench.appToken(repository)
  expect(left(await bench.call('GET', path, { token: fresh }))).toBe(Number(used))
  bench.sandbox.setRateLimit(5000, { installation: Number(installation.id) })
})

test('a limit is set for one person, or for all who have none of their own', async () => {
  const path = `/repos/${await bench.repository()}`
  const limitOf = async (login: string) => {
    const { token } = bench.sandbox.person(login)
    return (await bench.call('GET', path, { token })).headers.get('x-ratelimit-limit')
  }
  bench.sandbox.setRateLimit(100)
  bench.sandbox.setRateLimit(7, { login: 'Bob' })
  expect([await limitOf('bob'), await limitOf('carl')]).toEqual(['7', '100'])
  bench.sandbox.setRateLimit(5000)
})

test('asking for the limit is free', async () => {
  const { token } = bench.sandbox.person('dora')
  await bench.call('GET', '/user', { token })
  for (const _ of [1, 2]) {
    const { body } = await bench.call('GET', '/rate_limit', { token })
    expect(body.rate).toMatchObject({ limit: 5000, used: 1, remaining: 4999 })
  }
})

test('what the caller has already is 304, free of charge, until it changes', async () => {
  const repository = await bench.repository()
  const { token } = bench.sandbox.person('ann')
  const made = await bench.call('POST', `/repos/${repository}/issues`, {
    token,
    body: { title: 'one' }
  })
  const path = `${bench.sandbox.apiUrl}/repos/${repository}/issues/${made.body.number}`
  const read = (headers: Readonly<Record<string, string>>) =>
    fetch(path, { headers: { authorization: `token ${token}`, ...headers } })
  const first = await read({})
  const etag = first.headers.get('etag') ?? ''
  const date = first.headers.get('last-modified') ?? ''
  expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/)
  expect(new Date(date).getTime()).toBe(clock.now)
  const knowings: readonly Readonly<Record<string, string>>[] = [
    { 'if-none-match': etag },
    { 'if-none-match': `"another", ${etag.slice(2)}` },
    { 'if-modified-since': date }
  ]
  for (const known of knowings) {
    const again = await read(known)
    expect([again.status, await again.text(), left(again)]).toEqual([304, '', left(first)])
    expect(again.headers.get('etag')).toBe(etag)
  }
  clock.now += 60_000
  await bench.call('PATCH', new URL(path).pathname.replace('/api/v3', ''), {
    token,
    body: { title: 'two' }
  })
  expect((await read({ 'if-none-match': etag })).status).toBe(200)
  expect((await read({ 'if-modified-since': date })).status).toBe(200)
})

test('a page holds 100 at most, and its Link leads to the others', async () => {
  const repository = await bench.repository()
  const { token } = bench.sandbox.person('ann')
  const labels = Array.from({ length: 101 }, (_, index) => `l${index}`)
  for (const name of labels) {
    await bench.call('POST', `/repos/${repository}/labels`, { token, body: { name } })
  }
  const path = `/repos/${repository}/labels`
  const first = await bench.call('GET', `${path}?per_page=500`, { token })
  expect(first.list).toHaveLength(100)
  const base = `${bench.sandbox.apiUrl}${path}?per_page=500`
  expect(first.headers.get('link')).toBe(
    `<${base}&page=2>; rel="next", <${base}&page=2>; rel="last"`
  )
  const last = await bench.call('GET', `${path}?per_page=500&page=2`, { token })
  expect(last.list).toHaveLength(1)
  expect(last.headers.get('link')).toBe(
    `<${base}&page=1>; rel="prev", <${base}&page=1>; rel="first"`
  )
  expect((await bench.call('GET', path, { token })).list).toHaveLength(30)
})

test('GitHub says from where it calls, and what time it is there', async () => {
  const { body, headers } = await bench.call('GET', '/meta')
  expect(body).toMatchObject({ hooks: ['127.0.0.1/32'] })
  expect(Date.parse(headers.get('date') ?? '')).toBe(clock.now)
})
