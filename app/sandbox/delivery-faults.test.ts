import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let issues: string
beforeAll(async () => {
  bench = await openTestBench()
})
afterAll(() => bench.close())
beforeEach(async () => {
  issues = `/repos/${await bench.repository()}/issues`
  await bench.events()
})
afterEach(() => bench.sandbox.faults.clear())

/** Three things that happen to one issue. */
async function happen(): Promise<readonly string[]> {
  const { token } = bench.sandbox.person('ann')
  await bench.call('POST', issues, { token, body: { title: 'one' } })
  await bench.call('POST', `${issues}/1/comments`, { token, body: { body: 'hello' } })
  await bench.call('PATCH', `${issues}/1`, { token, body: { state: 'closed' } })
  return bench.events()
}

const ALL = ['issues.opened', 'issue_comment.created', 'issues.closed']

/** Event and status of the last rows of the log, without those of the repository. */
function rows(): readonly string[] {
  return bench.sandbox
    .deliveries()
    .filter(one => one.body.includes(issues.split('/')[3] ?? ''))
    .filter(one => !one.event.startsWith('installation'))
    .map(one => `${one.event}.${one.action} ${one.status}`)
}

test('without a fault everything comes, in order', async () => {
  expect(await happen()).toEqual(ALL)
  expect(rows()).toEqual(ALL.map(event => `${event} 202`))
})

test('a dropped delivery never comes and is not in the log', async () => {
  bench.sandbox.faults.deliveries.drop({ event: 'issue_comment', times: 1 })
  expect(await happen()).toEqual(['issues.opened', 'issues.closed'])
  expect(rows()).toEqual(['issues.opened 202', 'issues.closed 202'])
})

test('a failed delivery does not reach us, and the log has its status', async () => {
  bench.sandbox.faults.deliveries.fail({ event: 'issues', times: 1, status: 502 })
  expect(await happen()).toEqual(['issue_comment.created', 'issues.closed'])
  expect(rows()[0]).toBe('issues.opened 502')
})

test('a receiver that is down is status 0, and a redelivery comes once it is up', async () => {
  bench.sandbox.faults.deliveries.disconnect({ times: 3 })
  expect(await happen()).toEqual([])
  expect(rows()).toEqual(ALL.map(event => `${event} 0`))
  for (const { id } of bench.sandbox.deliveries().slice(-3)) await bench.sandbox.redeliver(id)
  expect(await bench.events()).toEqual(ALL)
})

test('a lost answer is a timeout in the log although the delivery came', async () => {
  bench.sandbox.faults.deliveries.loseAnswer({ event: 'issues.closed', times: 1 })
  expect(await happen()).toEqual(ALL)
  expect(rows()[2]).toBe('issues.closed 0')
})

test('a duplicate comes twice with one guid', async () => {
  bench.sandbox.faults.deliveries.duplicate({ event: 'issue_comment.created', times: 1 })
  expect(await happen()).toEqual([
    'issues.opened',
    'issue_comment.created',
    'issue_comment.created',
    'issues.closed'
  ])
  const guids = bench.heard.slice(-3, -1).map(one => one.headers['x-github-delivery'])
  expect(guids[0]).toBe(guids[1])
})

test('kept back deliveries come the last one first', async () => {
  bench.sandbox.faults.deliveries.reorder({ times: 3 })
  expect(await happen()).toEqual([...ALL].reverse())
})

test('those kept back in vain are sent when all is to be settled', async () => {
  bench.sandbox.faults.deliveries.reorder({ event: 'issues', times: 9 })
  expect(await happen()).toEqual(['issue_comment.created', 'issues.closed', 'issues.opened'])
})

test('a delayed delivery is overtaken by those after it', async () => {
  bench.sandbox.faults.deliveries.delay({ event: 'issues.opened', times: 1, ms: 500 })
  expect(await happen()).toEqual(['issue_comment.created', 'issues.closed', 'issues.opened'])
  const { list } = await bench.call('GET', '/app/hook/deliveries', { token: bench.jwt() })
  const late = list.find(one => String(one.action) === 'opened')
  expect(late?.throttled_at).not.toBeNull()
})

test('a fault is used up after its times, and can be taken back before', async () => {
  bench.sandbox.faults.deliveries.drop({ times: 1 })
  bench.sandbox.faults.deliveries.drop({ event: 'issues.closed', times: 5 })
  expect(await happen()).toEqual(['issue_comment.created'])
  bench.sandbox.faults.clear()
  const { token } = bench.sandbox.person('ann')
  await bench.call('PATCH', `${issues}/1`, { token, body: { state: 'open' } })
  expect(await bench.events()).toEqual(['issues.reopened'])
})
