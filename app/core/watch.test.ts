import { expect, test } from '@jest/globals'
import type { AttemptState } from './attempt.ts'
import { decideWatch, type WatchFacts } from './watch.ts'

const running: AttemptState = {
  kind: 'running',
  isolation: 'uid',
  startedAt: '2026-01-01T00:00:00Z'
}
const ended = (end: 'finished' | 'failed' | 'lost', message = 'why'): AttemptState => ({
  kind: 'ended',
  isolation: 'uid',
  end,
  exitCode: 0,
  message
})
const facts: WatchFacts = {
  reported: false,
  state: running,
  heartbeatAgeSeconds: 1,
  ageSeconds: 60,
  stoppingSeconds: null,
  canceled: false,
  pastDeadlineSeconds: -100,
  heldSeconds: 60,
  lostBefore: 0,
  maxAttempts: 3
}

test.each([
  ['a live attempt is waited for', {}, { kind: 'wait', seconds: 3 }],
  [
    'a report is taken, whatever else is true',
    { reported: true, canceled: true, state: { kind: 'absent' } },
    { kind: 'take-result' }
  ],
  ['a place that is gone gets another attempt', { state: { kind: 'absent' } }, { kind: 'again' }],
  [
    'a place that is gone too often fails the run',
    { state: { kind: 'absent' }, lostBefore: 2 },
    { kind: 'fail', reason: 'attempt_lost' }
  ],
  [
    'a silent attempt on another machine gets another',
    { state: null, heartbeatAgeSeconds: 31 },
    { kind: 'again' }
  ],
  [
    'right after an outage of the database a silent attempt is given time to beat',
    { state: null, heartbeatAgeSeconds: 60, heldSeconds: 3 },
    { kind: 'wait' }
  ],
  [
    'an attempt on another machine that beats is left alone',
    { state: null, heartbeatAgeSeconds: 4 },
    { kind: 'wait' }
  ],
  [
    'one on another machine that never beat is lost by its age',
    { state: null, heartbeatAgeSeconds: null, ageSeconds: 40 },
    { kind: 'again' }
  ],
  [
    'a report may still be on its way when the process has just ended',
    { state: ended('finished'), heartbeatAgeSeconds: 2 },
    { kind: 'wait', seconds: 1 }
  ],
  [
    'an end without a report is a lost attempt',
    { state: ended('finished'), heartbeatAgeSeconds: 20 },
    { kind: 'again' }
  ],
  [
    'a place that could not be made fails the run with its message',
    { state: ended('failed', 'disk full') },
    { kind: 'fail', reason: 'place_failed', detail: 'disk full' }
  ],
  ['a lost runner host is an infrastructure cause', { state: ended('lost') }, { kind: 'again' }],
  [
    'a cancelled attempt is asked to stop first',
    { canceled: true },
    { kind: 'stop', reason: 'canceled' }
  ],
  [
    'one that is stopping is given time',
    { canceled: true, stoppingSeconds: 5 },
    { kind: 'wait', seconds: 2 }
  ],
  [
    'one that does not stop is torn down',
    { canceled: true, stoppingSeconds: 21 },
    { kind: 'end', state: 'canceled' }
  ],
  [
    'a cancelled attempt whose place is gone ends at once',
    { canceled: true, state: { kind: 'absent' } },
    { kind: 'end', state: 'canceled' }
  ],
  [
    'the deadline asks to stop first',
    { pastDeadlineSeconds: 1 },
    { kind: 'stop', reason: 'deadline' }
  ],
  [
    'past deadline and grace the run has timed out',
    { pastDeadlineSeconds: 30, stoppingSeconds: 25 },
    { kind: 'end', state: 'timed_out' }
  ]
] as const satisfies ReadonlyArray<readonly [string, Partial<WatchFacts>, object]>)(
  '%s',
  (_sentence, changes, decision) => {
    expect(decideWatch({ ...facts, ...changes })).toMatchObject(decision)
  }
)
