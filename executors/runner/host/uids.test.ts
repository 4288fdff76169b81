import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { claimUid, freeUid, heldUid } from './uids.ts'

const RANGE = { first: 63_000, count: 3 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uids-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function claim(name: string, used: readonly number[] = []): number {
  const attempt = join(folder, name)
  if (!existsSync(attempt)) mkdirSync(attempt)
  return claimUid(folder, RANGE, { folder: attempt, used: new Set(used) })
}

test('ids are handed out in turn, so that a freed one is the last to be used again', () => {
  const uids = Array.from({ length: 7 }, (_, n) => {
    const uid = claim(`a${n}`)
    freeUid(folder, uid)
    return uid
  })
  expect(uids).toEqual([63_000, 63_001, 63_002, 63_000, 63_001, 63_002, 63_000])
})

test('an id that is held or that a process runs under is passed over', () => {
  expect(claim('a')).toBe(63_000)
  expect(claim('b', [63_001])).toBe(63_002)
  expect(claim('c')).toBe(63_001)
  expect(() => claim('d')).toThrow('all of 63000-63002 are taken')
})

test('the id of an attempt is found by its folder', () => {
  claim('a')
  const uid = claim('b')
  expect(heldUid(folder, join(folder, 'b'))).toBe(uid)
  freeUid(folder, uid)
  expect(heldUid(folder, join(folder, 'b'))).toBeNull()
})
