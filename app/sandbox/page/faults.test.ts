import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'
import { type Browse, createBrowse } from './browse.ts'

const PAGE = '/_sandbox/faults'

let bench: TestBench
let repository: string
let browse: Browse
let ann: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
  browse = createBrowse(bench.sandbox.url)
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
})
afterEach(async () => {
  bench.sandbox.faults.clear()
  await bench.events()
})

type Form = Readonly<Record<string, string>>

async function order(what: 'calls' | 'deliveries', form: Form): Promise<void> {
  const done = await browse.submit(`${PAGE}/${what}`, form)
  expect([done.status, done.headers.get('location')]).toEqual([303, PAGE])
}

function callIssues() {
  return bench.call('GET', `/repos/${repository}/issues`, { token: ann })
}

async function openIssue(title: string): Promise<void> {
  await browse.submit(`/_sandbox/${repository}/issues`, { title, body: '' })
}

test.each([
  [{ kind: 'fail', status: '502' }, 502, '500 and 502 with JSON'],
  [{ kind: 'limit', limit: '429', after: '7' }, 429, '429, Retry-After: 7'],
  [{ kind: 'limit', limit: '403', after: '' }, 403, 'the secondary rate limit']
])(
  'an order %j is answered with %i as often as asked, and listed until then',
  async (given, status, words) => {
    await order('calls', { ...given, method: '', path: '/issues', times: '2' })
    const listed = await browse.look(PAGE)
    expect(listed).toContain(words)
    expect(listed).toMatch(/every method, .*<td>2<\/td>/)
    expect((await callIssues()).status).toBe(status)
    expect(await browse.look(PAGE)).toMatch(/every method, .*<td>1<\/td>/)
    expect((await callIssues()).status).toBe(status)
    expect((await callIssues()).status).toBe(200)
    expect(await browse.look(PAGE)).toMatch(/<h2>Active<\/h2>\s*<p class="quiet">None/)
  }
)

test('a wait is ordered for one method and a part of a path, which means itself', async () => {
  await order('calls', { kind: 'delay', ms: '300', method: 'get', path: '/issues?', times: '1' })
  const quick = performance.now()
  await callIssues()
  expect(performance.now() - quick).toBeLessThan(250)
  bench.sandbox.faults.clear()
  await order('calls', { kind: 'delay', ms: '300', method: 'GET', path: '/issues', times: '1' })
  const slow = performance.now()
  await callIssues()
  expect(performance.now() - slow).toBeGreaterThan(290)
})

test('a lost answer is met by programs, not by the forms of the pages', async () => {
  await order('calls', { kind: 'loseAnswer', method: 'POST', path: '', times: '1' })
  await openIssue('by form')
  const body = { title: 'by program' }
  const made = bench.call('POST', `/repos/${repository}/issues`, { token: ann, body })
  await expect(made).rejects.toThrow('fetch failed')
  expect((await callIssues()).list).toHaveLength(2)
})

test.each([
  [{ kind: 'drop' }, []],
  [{ kind: 'duplicate' }, ['one', 'one']],
  [{ kind: 'disconnect' }, []],
  [{ kind: 'fail', status: '503' }, []],
  [{ kind: 'loseAnswer' }, ['one']]
])('a delivery %j is heard as %j', async (given, heard) => {
  await order('deliveries', { ...given, event: 'issues.opened', times: '1' })
  const before = bench.heard.length
  await openIssue('one')
  await bench.sandbox.settled()
  const fresh = bench.heard.slice(before)
  expect(fresh.map(one => one.payload.issue?.title)).toEqual(heard)
})

test('a late delivery is overtaken', async () => {
  await order('deliveries', { kind: 'delay', ms: '200', event: '', times: '1' })
  const before = bench.heard.length
  await openIssue('one')
  await openIssue('two')
  await bench.sandbox.settled()
  expect(bench.heard.slice(before).map(one => one.payload.issue?.title)).toEqual(['two', 'one'])
})

test('clearing ends all faults, and sends what was kept back the last one first', async () => {
  await order('deliveries', { kind: 'reorder', event: '', times: '5' })
  await order('calls', { kind: 'fail', status: '500', method: '', path: '', times: '9' })
  const before = bench.heard.length
  await openIssue('one')
  await openIssue('two')
  expect(await browse.look(PAGE)).toContain('2 deliveries are kept back')
  expect(await browse.look('/')).toContain(', 2 kept back')
  await browse.submit(`${PAGE}/clear`, {})
  expect((await callIssues()).status).toBe(200)
  await bench.sandbox.settled()
  expect(bench.heard.slice(before).map(one => one.payload.issue?.title)).toEqual(['two', 'one'])
})

test.each([
  ['calls', { kind: 'explode', times: '1' }, '&quot;explode&quot; is none that can be ordered'],
  ['calls', { kind: 'constructor', times: '1' }, 'is none that can be ordered'],
  ['calls', { kind: 'loseAnswer', times: '0' }, 'times is &quot;0&quot;'],
  ['calls', { kind: 'delay', times: '1', ms: 'long' }, 'ms is &quot;long&quot;'],
  ['calls', { kind: 'fail', times: '1', status: '418' }, 'give one of 500, 502, 503, 504'],
  ['calls', { kind: 'limit', times: '1', limit: '403', after: '-1' }, 'after is &quot;-1&quot;'],
  ['deliveries', { kind: 'fail', times: '1', status: '200' }, 'from 300 to 599']
])('an order for %s %j makes no sense', async (what, form, words) => {
  const refused = await browse.submit(`${PAGE}/${what}`, form, {
    referer: `${bench.sandbox.url}${PAGE}`
  })
  expect(refused.status).toBe(400)
  const page = await refused.text()
  expect(page).toContain(words)
  expect(page).toContain(`<a href="${PAGE}">Back</a>`)
  expect(await browse.look(PAGE)).toMatch(/<h2>Active<\/h2>\s*<p class="quiet">None/)
})

test('the first page says how the deliveries fared, and leads to them', async () => {
  const counts = async (): Promise<readonly number[]> => {
    const page = await browse.look('/')
    const found = /(\d+) sent, (\d+) waiting, (\d+) failed/.exec(page) ?? []
    return found.slice(1).map(Number)
  }
  const [, , before = 0] = await counts()
  await order('deliveries', { kind: 'fail', status: '503', event: '', times: '1' })
  await openIssue('one')
  await bench.sandbox.settled()
  expect((await counts()).slice(1)).toEqual([0, before + 1])
  const last = bench.sandbox.deliveries().at(-1)
  await bench.sandbox.redeliver(last?.id ?? '')
  expect((await counts()).slice(1)).toEqual([0, before])
  const href = `/settings/apps/${bench.sandbox.app.slug}/advanced`
  expect(await browse.look('/')).toContain(`<a href="${href}">Deliveries</a>`)
  expect(await browse.look(href)).toContain('Redeliver</button>')
})
