import { expect, test } from '@jest/globals'
import { EventQueue, type NumberedEvent } from './event-queue.ts'

const AT = '2026-01-01T00:00:00.000Z'

test('events are numbered from 1 and travel in batches of 100 at most', async () => {
  const batches: (readonly NumberedEvent[])[] = []
  const queue = new EventQueue(async events => {
    batches.push(events)
    return (events.at(-1)?.seq ?? 0) + 1
  })
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
  })
  for (let n = 0; n < 3; n += 1) queue.add({ type: 'agent.tool', at: AT, data: { n } })
  await queue.drain()
  expect(heard).toEqual([1, 2, 3, 2, 3, 3])
})

test('data beyond 4 KiB is cut and marked', async () => {
  const heard: NumberedEvent[] = []
  const queue = new EventQueue(async events => {
    heard.push(...events)
    return events.length + 1
  })
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
  })
  for (let n = 0; n < 10_500; n += 1) queue.add({ type: 'agent.tool', at: AT, data: {} })
  await queue.drain()
  expect(types).toHaveLength(10_001)
  expect(types.filter(type => type === 'warning')).toHaveLength(1)
})
