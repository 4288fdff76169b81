import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from './test-bench.ts'

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
