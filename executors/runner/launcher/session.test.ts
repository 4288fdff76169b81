import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { packSession, unpackSession } from './session.ts'

const LIMIT = 100_000
let root: string
let from: string
let to: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'session-'))
  from = join(root, 'from')
  to = join(root, 'to')
  mkdirSync(from)
  mkdirSync(to)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function packed(line: unknown): Buffer {
  return gzipSync(`${JSON.stringify(line)}\n`)
}

test('files come back with their content and their owner’s rights', async () => {
  mkdirSync(join(from, 'deep', 'er'), { recursive: true })
  writeFileSync(join(from, 'deep', 'er', 'data'), Buffer.from([0, 255, 10]))
  writeFileSync(join(from, 'tool'), '#!/bin/sh\n', { mode: 0o755 })
  expect(await unpackSession(await packSession(from, ['.'], LIMIT), to, LIMIT)).toBe(2)
  expect(readFileSync(join(to, 'deep', 'er', 'data'))).toEqual(Buffer.from([0, 255, 10]))
  expect(statSync(join(to, 'tool')).mode & 0o777).toBe(0o700)
})

test('only the named paths are packed, and one that is missing is no error', async () => {
  for (const name of ['keep', 'cache']) writeFileSync(join(from, name), name)
  const text = gunzipSync(await packSession(from, ['keep', 'absent'], LIMIT)).toString()
  expect(text).toContain('"path":"keep"')
  expect(text).not.toContain('cache')
})

test('links and pipes are left out, so nothing outside the folder is read', async () => {
  writeFileSync(join(root, 'outside'), 'a secret')
  symlinkSync(join(root, 'outside'), join(from, 'link'))
  symlinkSync(root, join(from, 'folder'))
  execFileSync('mkfifo', [join(from, 'pipe')])
  expect(gunzipSync(await packSession(from, ['.'], LIMIT)).toString()).toBe('')
})

test('a folder beyond the limit is refused before it is read', async () => {
  writeFileSync(join(from, 'large'), Buffer.alloc(LIMIT * 9))
  await expect(packSession(from, ['.'], LIMIT)).rejects.toThrow('too large to save')
})

test.each([
  ['a path above the folder', { path: '../evil', mode: 0o600, data: '' }],
  ['an absolute path', { path: '/tmp/evil', mode: 0o600, data: '' }],
  ['a path that winds', { path: 'a/../../evil', mode: 0o600, data: '' }],
  ['a line without data', { path: 'a', mode: 0o600 }]
])('%s is not restored', async (_what, line) => {
  await expect(unpackSession(packed(line), to, LIMIT)).rejects.toThrow('restoring the session')
})

test('a packed bomb is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(LIMIT * 20))
  await expect(unpackSession(bomb, to, LIMIT)).rejects.toThrow()
})

test('an existing file or a link in its place is never written through', async () => {
  writeFileSync(join(root, 'outside'), 'untouched')
  symlinkSync(join(root, 'outside'), join(to, 'a'))
  const line = { path: 'a', mode: 0o600, data: Buffer.from('x').toString('base64') }
  await expect(unpackSession(packed(line), to, LIMIT)).rejects.toThrow('EEXIST')
  expect(readFileSync(join(root, 'outside'), 'utf8')).toBe('untouched')
})
