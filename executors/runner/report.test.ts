import { expect, test } from '@jest/globals'
import { bareReport, readEvents, readReport } from './report.ts'

test('a report passes as it is', () => {
  const report = { ...bareReport('agent_failed', 'exit 3'), exitCode: 3, headSha: 'a'.repeat(40) }
  expect(readReport(report)).toEqual(report)
})

test.each([
  ['an outcome that is none', { outcome: 'merged' }],
  ['no object', 'finished'],
  ['a bundle without its digest', { outcome: 'finished', bundle: { bytes: 3 } }]
])('%s is refused', (_what, value) => {
  expect(() => readReport(value)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})

test('a report that is too large or of the wrong kind is brought into shape', () => {
  const report = readReport({
    outcome: 'finished',
    exitCode: '0',
    report: 'x'.repeat(300_000),
    lastLines: `${'y'.repeat(5_000)}`,
    message: 'a\0b',
    headSha: '../../etc',
    extra: 'field'
  })
  expect(report).toMatchObject({ exitCode: null, headSha: null, message: 'a\uFFFDb' })
  expect([report.report?.length, report.lastLines.length]).toEqual([256 * 1024, 4 * 1024])
  expect(report).not.toHaveProperty('extra')
})

test('events keep plain data only, and an unknown type is refused', () => {
  const data = { text: 'a\0', n: 1, deep: { no: true } }
  const at = '2026-01-01T00:00:00.000Z'
  expect(readEvents({ events: [{ type: 'warning', at, data }] })).toEqual([
    { type: 'warning', at, data: { text: 'a\uFFFD', n: 1 } }
  ])
  expect(() => readEvents({ events: [{ type: 'run.finished' }] })).toThrow('unknown type')
  expect(() => readEvents({ events: Array(101).fill({ type: 'warning' }) })).toThrow('at most 100')
})

test.each([
  ['2026-02-03T04:05:06.789Z', '2026-02-03T04:05:06.789Z'],
  ['2026-02-03T04:05:06+02:00', '2026-02-03T02:05:06.000Z'],
  ['yesterday', null],
  ['2026-02-03', null],
  ['2026-99-03T04:05:06Z', null],
  ['0000-01-01T00:00:00Z', null],
  [undefined, null]
])('an event of %s is stored at %s, or at the time of its arrival', (at, stored) => {
  const before = Date.now()
  const [event] = readEvents({ events: [{ type: 'warning', at, data: {} }] })
  if (stored !== null) expect(event?.at).toBe(stored)
  else {
    const time = new Date(event?.at ?? 0)
    expect(time.getTime()).toBeGreaterThanOrEqual(before)
    expect(time.toISOString()).toBe(event?.at)
  }
})

test('an event keeps 30 keys of 100 characters', () => {
  const data = Object.fromEntries(
    Array.from({ length: 50 }, (_, n) => [`${n}-${'k'.repeat(200)}`, n])
  )
  const [event] = readEvents({ events: [{ type: 'warning', data }] })
  const keys = Object.keys(event?.data ?? {})
  expect(keys).toHaveLength(30)
  expect(keys.map(key => key.length)).toEqual(Array(30).fill(100))
})
