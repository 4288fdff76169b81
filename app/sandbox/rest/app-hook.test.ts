import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, SECRET, type TestBench } from '#app/testing/sandbox-bench.ts'

const DAY_MS = 86_400_000
const DELIVERIES = '/app/hook/deliveries'

let ahead = 0
let bench: TestBench
let token: string
beforeAll(async () => {
  bench = await openTestBench({ now: () => new Date(Date.now() + ahead) })
})
afterAll(() => bench.close())
beforeEach(() => {
  token = bench.jwt()
})
afterEach(() => {
  bench.answer = 202
  bench.sandbox.setWebhook({ url: bench.hookUrl, secret: SECRET })
})

/** Opens an issue; resolves when its delivery was tried. */
async function happen(): Promise<string> {
  const repository = await bench.repository()
  const person = bench.sandbox.person('ann').token
  await bench.call('POST', `/repos/${repository}/issues`, { token: person, body: { title: 'one' } })
  await bench.sandbox.settled()
  return repository
}

/** Ids are longer than a double can hold, so they are read from the text. */
async function ids(path = DELIVERIES): Promise<string[]> {
  const { text } = await bench.call('GET', path, { token })
  return [...text.matchAll(/[{]"id":(\d+),"guid"/g)].map(match => match[1] ?? '')
}

async function newest(): Promise<string> {
  return (await ids())[0] ?? ''
}

test('the log lists the newest first, with what GitHub tells of each', async () => {
  const repository = await happen()
  const { list, text } = await bench.call('GET', DELIVERIES, { token })
  const found = await bench.call('GET', `/repos/${repository}`, {
    token: await bench.appToken(repository)
  })
  expect(list[0]).toMatchObject({
    guid: bench.heard.at(-1)?.headers['x-github-delivery'],
    redelivery: false,
    status: 'OK',
    status_code: 202,
    event: 'issues',
    action: 'opened',
    installation_id: expect.any(Number),
    repository_id: found.body.id,
    throttled_at: null
  })
  expect(list.length).toBe(bench.sandbox.deliveries().length)
  const [first = '', second = ''] = await ids()
  expect(BigInt(first)).toBeGreaterThan(BigInt(second))
  expect(Number.isSafeInteger(Number(first))).toBe(false)
  expect(text).toContain(`"id":${first}`)
})

test('pages are walked by the cursor of the Link header, there and back', async () => {
  await happen()
  await happen()
  const all = await ids()
  const first = await bench.call('GET', `${DELIVERIES}?per_page=2`, { token })
  const next = linkOf(first.headers, 'next')
  expect(linkOf(first.headers, 'prev')).toBeNull()
  expect(await ids(`${DELIVERIES}?per_page=2`)).toEqual(all.slice(0, 2))
  expect(await ids(next ?? '')).toEqual(all.slice(2, 4))
  const second = await bench.call('GET', next ?? '', { token })
  expect(await ids(linkOf(second.headers, 'prev') ?? '')).toEqual(all.slice(0, 2))
  const bad = await bench.call('GET', `${DELIVERIES}?cursor=7`, { token })
  expect(bad.status).toBe(400)
})

function linkOf(headers: Headers, rel: string): string | null {
  const found = new RegExp(`<([^<>]+)>; rel="${rel}"`).exec(headers.get('link') ?? '')?.[1]
  return found === undefined ? null : found.slice(bench.sandbox.apiUrl.length)
}

test('one delivery shows what was sent and what came back', async () => {
  await happen()
  const { body } = await bench.call('GET', `${DELIVERIES}/${await newest()}`, { token })
  const heard = bench.heard.at(-1)
  expect(body).toMatchObject({
    url: bench.hookUrl,
    request: {
      headers: {
        'X-GitHub-Event': 'issues',
        'X-GitHub-Delivery': heard?.headers['x-github-delivery'],
        'X-Hub-Signature-256': heard?.headers['x-hub-signature-256']
      },
      payload: { action: 'opened', issue: { title: 'one' } }
    },
    response: { payload: '' }
  })
  expect((await bench.call('GET', `${DELIVERIES}/1`, { token })).status).toBe(404)
})

test.each([
  ['an answer that is no success', 401, { status: 'Invalid HTTP Response: 401', status_code: 401 }],
  ['a server that has an error', 500, { status: 'Invalid HTTP Response: 500', status_code: 500 }]
])('%s is in the log as it was', async (_what, answer, row) => {
  bench.answer = answer
  await happen()
  const { list } = await bench.call('GET', DELIVERIES, { token })
  expect(list[0]).toMatchObject(row)
})

test('nobody listening is "failed to connect to host", and no failure for the filter', async () => {
  bench.sandbox.setWebhook({ url: 'http://127.0.0.1:9/none', secret: SECRET })
  await happen()
  const { list } = await bench.call('GET', DELIVERIES, { token })
  expect(list[0]).toMatchObject({ status: 'failed to connect to host', status_code: 0 })
  const failed = await bench.call('GET', `${DELIVERIES}?status=failure`, { token })
  expect(failed.list.map(one => one.status_code)).not.toContain(0)
  expect(failed.list.map(one => one.status_code)).toContain(500)
  const good = await bench.call('GET', `${DELIVERIES}?status=success`, { token })
  expect(new Set(good.list.map(one => String(one.status_code)))).toEqual(new Set(['202']))
})

test('a redelivery is a row of its own with the same guid and body', async () => {
  bench.answer = 503
  await happen()
  bench.answer = 202
  const id = await newest()
  const asked = await bench.call('POST', `${DELIVERIES}/${id}/attempts`, { token })
  expect(asked.status).toBe(202)
  await bench.sandbox.settled()
  const { list } = await bench.call('GET', DELIVERIES, { token })
  expect(list.slice(0, 2)).toMatchObject([
    { redelivery: true, status_code: 202 },
    { redelivery: false, status_code: 503 }
  ])
  expect(list[0]?.guid).toBe(list[1]?.guid)
  const [before, after] = bench.heard.slice(-2)
  expect(after?.raw).toBe(before?.raw)
})

test('what is older than three days is neither shown nor sent again', async () => {
  await happen()
  const old = await newest()
  ahead = 3 * DAY_MS + 1000
  token = bench.jwt()
  expect(await ids()).toEqual([])
  const asked = await bench.call('POST', `${DELIVERIES}/${old}/attempts`, { token })
  expect(asked.status).toBe(404)
  ahead = 0
})

test('the configuration hides the secret, and a change holds from then on', async () => {
  const before = await bench.call('GET', '/app/hook/config', { token })
  expect(before.body).toEqual({
    content_type: 'json',
    insecure_ssl: '0',
    secret: '********',
    url: bench.hookUrl
  })
  const body = { secret: 'another secret', content_type: 'form' }
  const changed = await bench.call('PATCH', '/app/hook/config', { token, body })
  expect(changed.body).toMatchObject({
    url: bench.hookUrl,
    secret: '********',
    content_type: 'form'
  })
  const strange = { token, body: { url: 'no address' } }
  expect((await bench.call('PATCH', '/app/hook/config', strange)).status).toBe(422)
})

test('only the App itself is answered', async () => {
  for (const path of [DELIVERIES, '/app/hook/config']) {
    expect((await bench.call('GET', path)).status).toBe(401)
    const person = bench.sandbox.person('ann').token
    expect((await bench.call('GET', path, { token: person })).status).toBe(401)
  }
})
