import { expect, test } from '@jest/globals'
import { lastStatuses, secondsBetween } from './run-view.ts'

const now = '2026-03-02T14:03:17Z'

test.each([
  ['2026-03-02T14:00:00Z', '2026-03-02T14:01:00Z', 60],
  ['2026-03-02T14:00:00Z', null, 197],
  ['2026-03-02T14:01:00Z', '2026-03-02T14:00:00Z', 0],
  ['not a time', null, 0]
])('from %s to %s it is %d s', (from, to, seconds) => {
  expect(secondsBetween(from, to, now)).toBe(seconds)
})

test('the last three distinct statuses are shown, with how often each was said', () => {
  const said = ['plan', 'test', 'edit', 'test', 'push', 'test'].map((text, index) => ({
    text,
    at: `${index}`
  }))
  expect(lastStatuses(said)).toEqual([
    { text: 'edit', at: '2', times: 1 },
    { text: 'push', at: '4', times: 1 },
    { text: 'test', at: '5', times: 3 }
  ])
})
