import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { withLock } from './lock.ts'
import { identifySelf } from './processes.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewright-lock-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** Runs `count` contenders and returns the most that were inside at one time. */
async function crowd(count: number): Promise<number> {
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: count }, () =>
      withLock(folder, async () => {
        inside++
        most = Math.max(most, inside)
        await pause(5)
        inside--
      })
    )
  )
  return most
}

test('one at a time, and nothing is left behind', async () => {
  expect(await crowd(8)).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('the lock goes when the work breaks', async () => {
  await expect(withLock(folder, () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken'
  )
  expect(await withLock(folder, async () => 'next')).toBe('next')
})

test.each([
  ['of a process that is gone', { pid: 4_194_999, started: 'x' }],
  ['of an earlier process with our number', { pid: process.pid, started: 'another time' }],
  ['that was cut short', null]
])('a lock %s is taken over, by one at a time', async (_what, holder) => {
  await writeFile(join(folder, 'launcher.lock'), holder === null ? '{"pi' : JSON.stringify(holder))
  expect(await crowd(4)).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('the lock of a living process is waited for', async () => {
  const path = join(folder, 'launcher.lock')
  await writeFile(path, JSON.stringify(await identifySelf()))
  let entered = false
  const waiting = withLock(folder, async () => {
    entered = true
  })
  await pause(200)
  expect(entered).toBe(false)
  await rm(path)
  await waiting
  expect(entered).toBe(true)
})
