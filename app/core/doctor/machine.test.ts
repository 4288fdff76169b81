import { expect, test } from '@jest/globals'
import type { Finding } from './finding.ts'
import {
  clockFinding,
  diskFinding,
  gitFinding,
  type IsolationFacts,
  isolationFinding
} from './machine.ts'

/** Every line that is not right: its status and check; each of them must say what to do. */
function wrong(finding: Finding): readonly string[] {
  if (finding.status === 'ok') return []
  expect(finding.fix).toMatch(/\w+ \w+/)
  expect(finding.what).not.toMatch(/undefined|null|NaN|\[object/)
  return [`${finding.status} ${finding.check}`]
}

const GIB = 1024 ** 3
test.each([
  [{ freeBytes: 50 * GIB, writable: true }, []],
  [{ freeBytes: 3 * GIB, writable: true }, ['warn disk']],
  [{ freeBytes: GIB / 2, writable: true }, ['fail disk']],
  [{ freeBytes: 50 * GIB, writable: false }, ['fail disk']]
])('a disk with %j', (facts, lines) => {
  expect(wrong(diskFinding({ folder: '/var/lib/stagewright', ...facts }))).toEqual(lines)
})

test.each([
  [2, []],
  [-29, []],
  [75, ['fail clock']],
  [-600, ['fail clock']]
])('a clock %d s ahead', (seconds, lines) => {
  expect(wrong(clockFinding(seconds))).toEqual(lines)
})

const runUids = { first: 64_000, count: 100 }
test.each<readonly [number | null, IsolationFacts['unisolated'], readonly string[]]>([
  [0, 'refused', []],
  [0, 'allowed', []],
  [0, 'sandbox', []],
  [1000, 'refused', ['fail isolation']],
  [1000, 'allowed', ['warn isolation']],
  [1000, 'sandbox', []],
  [null, 'refused', ['fail isolation']],
  [null, 'allowed', ['warn isolation']]
])('a process of user %j where unisolated runs are %s', (uid, unisolated, lines) => {
  expect(wrong(isolationFinding({ uid, runUids, unisolated }))).toEqual(lines)
})

test('what to do about isolation names both ways, and what is fine the range', () => {
  const facts = { uid: 1000, runUids, unisolated: 'refused' } as const
  expect(isolationFinding(facts).fix).toMatch(/as root.*STAGEWRIGHT_ALLOW_UNISOLATED=true/)
  expect(isolationFinding({ ...facts, uid: 0 }).what).toContain('64000 to 64099')
})

test.each([
  ['git version 2.38.0', []],
  ['git version 2.39.3 (Apple Git-146)', []],
  ['git version 2.45.1.windows.1', []],
  ['git version 3.0.0', []],
  ['git version 2.37.9', ['fail git']],
  ['git version 1.99.0', ['fail git']],
  ['usage: git', ['fail git']],
  [null, ['fail git']]
])('a git that says %j', (version, lines) => {
  expect(wrong(gitFinding({ file: '/usr/bin/git', version }))).toEqual(lines)
})

test('no git at all is named with the version that is needed', () => {
  expect(wrong(gitFinding(null))).toEqual(['fail git'])
  expect(gitFinding(null).fix).toContain('git 2.38 or newer')
})
