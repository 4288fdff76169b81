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
  expect(readEvents({ events: [{ type: 'warning', at: 'now', data }] })).toEqual([
    { type: 'warning', at: 'now', data: { text: 'a\uFFFD', n: 1 } }
  ])
  expect(() => readEvents({ events: [{ type: 'run.finished' }] })).toThrow('unknown type')
  expect(() => readEvents({ events: Array(101).fill({ type: 'warning' }) })).toThrow('at most 100')
})
