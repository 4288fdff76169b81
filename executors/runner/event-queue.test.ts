import { expect, test } from '@jest/globals'
import { Refused } from './app-client.ts'
import { EventQueue, type NumberedEvent } from './event-queue.ts'

function unexpected(message: string): never {
  throw new Error(message)
}

const AT = '2026-01-01T00:00:00.000Z'

test('events are numbered from 1 and travel in batches of 100 at most', async () => {
  const batches: (readonly NumberedEvent[])[] = []
  const queue = new EventQueue(async events => {
    batches.push(events)
    return (events.at(-1)?.seq ?? 0) + 1
  }, unexpected)
  for (let n = 0; n < 250; n += 1) queue.add({ type: 'agent.tool', at: AT, data: { n } })
  await queue.drain()
  expect(batches.map(batch => batch.length)).toEqual([100, 100, 50])
  expect(batches.flat().map(event => event.seq)).toEqual(
    Array.from({ length: 250 }, (_, n) => n + 1)
  )
})

test('what the app has not taken is sent again', async () => {
  const heard: number[] = []
  const queue = new EventQueue(async events => {
    const [first] = events
    heard.push(...events.map(event => event.seq))
    return (first?.seq ?? 0) + 1
  }, unexpected)
  for (let n = 0; n < 3; n += 1) queue.add({ type: 'agent.tool', at: AT, data: { n } })
  await queue.drain()
  expect(heard).toEqual([1, 2, 3, 2, 3, 3])
})

test('data beyond 4 KiB is cut and marked', async () => {
  const heard: NumberedEvent[] = []
  const queue = new EventQueue(async events => {
    heard.push(...events)
    return events.length + 1
  }, unexpected)
  queue.add({ type: 'agent.message', at: AT, data: { text: 'ы'.repeat(9_000), n: 1 } })
  await queue.drain()
  expect(heard[0]?.data).toMatchObject({ n: 1, cut: true })
  expect(Buffer.byteLength(JSON.stringify(heard[0]?.data))).toBeLessThanOrEqual(4 * 1024)
})

test('a flood of events ends with one warning', async () => {
  const types: string[] = []
  const queue = new EventQueue(async events => {
    types.push(...events.map(event => event.type))
    return (events.at(-1)?.seq ?? 0) + 1
  }, unexpected)
  for (let n = 0; n < 10_500; n += 1) queue.add({ type: 'agent.tool', at: AT, data: {} })
  await queue.drain()
  expect(types).toHaveLength(10_001)
  expect(types.filter(type => type === 'warning')).toHaveLength(1)
})

test('a batch that the app refuses is dropped with one warning, and the rest goes on without a gap', async () => {
  const taken: NumberedEvent[] = []
  const warnings: string[] = []
  const queue = new EventQueue(
    async events => {
      if (events[0]?.seq !== taken.length + 1) throw new Error('a gap')
      if (events.some(event => event.data.n === 50 || event.data.n === 150)) {
        throw new Refused('HTTP 400 the body', 400, null)
      }
      taken.push(...events)
      return taken.length + 1
    },
    message => warnings.push(message)
  )
  for (let n = 0; n < 250; n += 1) queue.add({ type: 'agent.tool', at: AT, data: { n } })
  await queue.drain()
  queue.add({ type: 'agent.tool', at: AT, data: { n: 250 } })
  await queue.drain()
  expect(taken.map(event => event.data.n)).toEqual(Array.from({ length: 51 }, (_, n) => n + 200))
  expect(taken.map(event => event.seq)).toEqual(Array.from({ length: 51 }, (_, n) => n + 1))
  expect(warnings).toEqual([expect.stringContaining('HTTP 400 the body')])
})

test('a conflict ends the queue', async () => {
  const queue = new EventQueue(async () => {
    throw new Refused('HTTP 409', 409, null)
  }, unexpected)
  queue.add({ type: 'agent.tool', at: AT, data: {} })
  await expect(queue.drain()).rejects.toThrow('HTTP 409')
})
