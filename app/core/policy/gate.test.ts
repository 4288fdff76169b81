import { expect, test } from '@jest/globals'
import type { GateFacts } from './gate.ts'
import { decideGate, PUSH_LIMITS } from './gate.ts'

const MiB = 1024 * 1024
const clean: GateFacts = {
  changes: [{ path: 'a.ts', status: 'modified', bytes: 10 }],
  pushed: { count: 2, bytes: 300, large: [] },
  violations: { violations: [], named: [] },
  findings: [],
  limits: { changedFiles: 2, changedBytes: 4 * MiB, fileBytes: 2 * MiB }
}
const violating = {
  violations: [
    { path: '.github/x', kind: 'protected' },
    { path: 'lib', kind: 'submodule' }
  ],
  named: ['.github/x', 'lib']
} as const
const big = { path: 'big.bin', status: 'added', bytes: 3 * MiB } as const

test.each<[string, Partial<GateFacts>, object]>([
  ['clean changes pass', {}, { ok: true }],
  ['no changes pass', { changes: [] }, { ok: true }],
  [
    'paths out of scope are named with their reason',
    { violations: violating },
    {
      reason: 'scope_violation',
      detail: '.github/x (protected)\nlib (submodule)',
      paths: ['.github/x', 'lib']
    }
  ],
  [
    'a secret is named by place and rule',
    { findings: [{ path: 'a.ts', line: 3, rule: 'aws' }] },
    { reason: 'secret_found', detail: 'a.ts (3: aws)', paths: ['a.ts'] }
  ],
  [
    'scope comes before secrets',
    { violations: violating, findings: [{ path: 'a', line: 1, rule: 'x' }] },
    { reason: 'scope_violation' }
  ],
  [
    'a large file is named',
    { changes: [big] },
    { reason: 'too_large', detail: 'big.bin (3 MiB > 2 MiB)', paths: ['big.bin'] }
  ],
  ['a large file taken away is fine', { changes: [{ ...big, status: 'deleted' }] }, { ok: true }],
  [
    'a large file that a later commit took away again is named, since it would be pushed',
    { pushed: { count: 4, bytes: 3 * MiB, large: [{ path: 'gone.bin', bytes: 3 * MiB }] } },
    { reason: 'too_large', detail: 'gone.bin (3 MiB > 2 MiB)', paths: ['gone.bin'] }
  ],
  [
    'a large file at the head, which the push brings too, is named once',
    { changes: [big], pushed: { count: 2, bytes: 3 * MiB, large: [big] } },
    { reason: 'too_large', detail: 'big.bin (3 MiB > 2 MiB)', paths: ['big.bin'] }
  ],
  ['a history at its limits passes', { pushed: { ...PUSH_LIMITS, large: [] } }, { ok: true }],
  [
    'a history of more than could be scanned does not pass',
    { pushed: { count: PUSH_LIMITS.count + 1, bytes: PUSH_LIMITS.bytes + 1, large: [] } },
    { reason: 'too_large', detail: 'files: 10001 > 10000\ntotal: 128.1 MiB > 128 MiB', paths: [] }
  ],
  [
    'many files',
    { changes: ['a', 'b', 'c'].map(path => ({ path, status: 'added', bytes: 1 })) },
    { reason: 'too_large', detail: 'files: 3 > 2', paths: [] }
  ],
  [
    'much altogether',
    {
      changes: [
        { ...big, bytes: 2 * MiB },
        { ...big, bytes: 2 * MiB },
        { ...big, bytes: 1 }
      ].map((change, index) => ({ ...change, path: `${index}` })),
      limits: { ...clean.limits, changedFiles: 3 }
    },
    { reason: 'too_large', detail: 'total: 4.1 MiB > 4 MiB' }
  ]
])('%s', (_sentence, facts, verdict) => {
  expect(decideGate({ ...clean, ...facts })).toMatchObject(verdict)
})

test('at most twenty paths are named, and the others counted', () => {
  const violations = Array.from({ length: 25 }, (_, index) => ({
    path: `p${index}`,
    kind: 'outside' as const
  }))
  const verdict = decideGate({ ...clean, violations: { violations, named: [] } })
  expect(verdict).toMatchObject({ paths: violations.slice(0, 20).map(({ path }) => path) })
  expect('detail' in verdict && verdict.detail.split('\n').at(-1)).toBe('+5')
})

test('a path cannot fake another line', () => {
  const violations = [{ path: 'a\nb (protected)\u202e', kind: 'unsafe' as const }]
  const verdict = decideGate({ ...clean, violations: { violations, named: [] } })
  expect(verdict).toMatchObject({ detail: 'a\\u{a}b (protected)\\u{202e} (unsafe)' })
})
