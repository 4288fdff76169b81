import { expect, test } from '@jest/globals'
import {
  gapOf,
  type HookAttempt,
  MAX_ASKS,
  missedIn,
  nextAsk,
  readSince,
  whyHeld
} from './missed-delivery.ts'

const NOW = new Date('2026-05-10T12:00:00Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function ago(ms: number): Date {
  return new Date(NOW.getTime() - ms)
}

let ids = 0
/** An attempt of delivery `guid`, `minutes` ago. */
function attempt(guid: string, minutes: number, changes: Partial<HookAttempt> = {}): HookAttempt {
  ids += 1
  return {
    id: String(ids),
    guid,
    event: 'issues',
    action: 'labeled',
    at: ago(minutes * MINUTE).toISOString(),
    statusCode: 0,
    ...changes
  }
}

function guids(attempts: readonly HookAttempt[], inboxSince = ago(5 * HOUR)): readonly string[] {
  const rule = { events: new Set(['issues']), inboxSince, now: NOW }
  return missedIn(attempts, rule).map(one => one.guid)
}

const FAILED = [0, 401, 413, 500, 502, 503]

test.each(FAILED)('an attempt answered %d is missed', statusCode => {
  expect(guids([attempt('a', 10, { statusCode })])).toEqual(['a'])
})

test('the oldest comes first, whatever the order of the log', () => {
  expect(guids([attempt('b', 10), attempt('a', 40), attempt('c', 5)])).toEqual(['a', 'b', 'c'])
})

test('within the one second that GitHub tells, the ids of the attempts say what came first', () => {
  const ids = ['9', '10', '3804004623172239366', '3804004623172239367']
  const sent = ids.map(id => attempt(`sent-${id}`, 10, { id }))
  expect(guids(sent.toReversed())).toEqual(ids.map(id => `sent-${id}`))
})

test('attempts of one delivery are one, with the newest attempt to ask by and the first time', () => {
  const [newest, first] = [attempt('a', 3, { statusCode: 503 }), attempt('a', 30)]
  const rule = { events: new Set(['issues']), inboxSince: ago(HOUR), now: NOW }
  expect(missedIn([newest, first], rule)).toEqual([
    {
      guid: 'a',
      event: 'issues',
      action: 'labeled',
      attemptId: newest.id,
      firstAt: first.at,
      statusCode: 503
    }
  ])
})

test('what may still be on its way waits', () => {
  expect(guids([attempt('a', 0.9)])).toEqual([])
  expect(guids([attempt('a', 0.9), attempt('a', 50)])).toEqual([])
  expect(guids([attempt('a', 1.1)])).toEqual(['a'])
})

test('an event that we do not subscribe to is never missed', () => {
  expect(guids([attempt('a', 10, { event: 'star' })])).toEqual([])
})

test('what was answered 2xx counts from the time this inbox takes deliveries', () => {
  const taken = attempt('a', 60, { statusCode: 200 })
  expect(guids([taken], ago(2 * HOUR))).toEqual(['a'])
  expect(guids([taken], ago(HOUR / 2))).toEqual([])
  // One that failed is nobody's, also from before that time.
  expect(guids([attempt('b', 60)], ago(HOUR / 2))).toEqual(['b'])
})

test.each([
  ['nothing swept before: the whole log', null, 72 * HOUR],
  ['swept a while ago: a little before it', ago(5 * MINUTE), 15 * MINUTE],
  ['hours of downtime: all of them', ago(9 * HOUR), 9 * HOUR + 10 * MINUTE],
  ['more than GitHub keeps: what GitHub keeps', ago(100 * HOUR), 72 * HOUR]
] as const)('%s', (_sentence, sweptUntil, back) => {
  expect(readSince(sweptUntil, NOW)).toEqual(ago(back))
})

test('a gap is what GitHub’s log has lost since the last sweep', () => {
  expect(gapOf(null, NOW)).toBeNull()
  expect(gapOf(ago(71 * HOUR), NOW)).toBeNull()
  expect(gapOf(ago(80 * HOUR), NOW)).toEqual({ from: ago(80 * HOUR), to: ago(72 * HOUR) })
})

test('asks come ever later, and the last one still within GitHub’s three days', () => {
  let at = NOW
  const minutes: number[] = []
  for (let asks = 0; asks < MAX_ASKS; asks += 1) {
    const next = nextAsk(asks, at)
    minutes.push((next.getTime() - at.getTime()) / MINUTE)
    at = next
  }
  expect(minutes).toEqual([5, 15, 45, 135, 405, 720, 720, 720, 720, 720])
  const lastAsk = minutes.slice(0, -1).reduce((sum, wait) => sum + wait, 0)
  expect(lastAsk * MINUTE).toBeLessThan(72 * HOUR)
})

const nothing = { asked: 0, came: 0 }

test.each([
  ['a wrong secret', 401, 'STAGEWRIGHT_WEBHOOK_SECRET'],
  ['a firewall', 403, 'firewall'],
  ['a wrong path', 404, '/api/github/webhooks'],
  ['a wrong content type', 415, 'application/json']
] as const)('%s refuses everything: one ask, and what to do', (_what, statusCode, part) => {
  const held = whyHeld([attempt('b', 2, { statusCode }), attempt('a', 9)], nothing)
  expect(held).toMatchObject({ reason: 'refused', hint: expect.stringContaining(part) })
})

test.each([
  ['the server was down', [attempt('a', 2)], nothing, null],
  ['one delivery is too large', [attempt('a', 2, { statusCode: 413 })], nothing, null],
  [
    'the secret was wrong and is right again',
    [attempt('a', 2, { statusCode: 202 }), attempt('b', 9, { statusCode: 401 })],
    nothing,
    null
  ],
  ['some of the last asks came', [], { asked: 5, came: 1 }, null],
  ['none of the last asks came', [], { asked: 5, came: 0 }, 'silent']
] as const)('%s', (_what, attempts, last, reason) => {
  expect(whyHeld(attempts, last)?.reason ?? null).toBe(reason)
})
