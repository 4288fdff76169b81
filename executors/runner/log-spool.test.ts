import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { LogChunk } from '#app/core/attempt.ts'
import { CHUNK_BYTES, LogSpool, type LogSpoolOptions } from './log-spool.ts'

let folder: string
let sent: LogChunk[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-spool-'))
  sent = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function spool(change: Partial<LogSpoolOptions> = {}): LogSpool {
  return new LogSpool({
    file: join(folder, 'log'),
    capBytes: 1024 * 1024,
    first: async () => 1,
    send: async chunk => {
      sent.push(chunk)
      return chunk.seq + 1
    },
    ...change
  })
}

async function drained(log: LogSpool): Promise<string> {
  await log.drain()
  log.dispose()
  return sent.map(chunk => chunk.text).join('')
}

test('text that comes in quick succession travels as one numbered piece', async () => {
  const log = spool()
  for (const text of ['a\n', 'b\n', 'c\n']) log.append(text)
  expect(await drained(log)).toBe('a\nb\nc\n')
  expect(sent.map(chunk => chunk.seq)).toEqual([1])
})

test('a long text is cut into pieces of 64 KiB that end on whole characters', async () => {
  const text = 'ы€😀x'.repeat(30_000)
  const log = spool()
  log.append(text)
  expect(await drained(log)).toBe(text)
  expect(sent.length).toBeGreaterThan(4)
  expect(sent.map(chunk => chunk.seq)).toEqual(sent.map((_chunk, index) => index + 1))
  for (const chunk of sent) expect(Buffer.byteLength(chunk.text)).toBeLessThanOrEqual(CHUNK_BYTES)
})

test('numbering goes on where an earlier runner of the attempt ended', async () => {
  const log = spool({ first: async () => 8 })
  log.append('later\n')
  await drained(log)
  expect(sent.map(chunk => chunk.seq)).toEqual([8])
})

test('pieces that the app has lost are sent again from the disk', async () => {
  const kept: string[] = []
  let lost = false
  const log = spool({
    send: async chunk => {
      if (chunk.seq === 3 && !lost) {
        lost = true
        kept.length = 1
        return 2
      }
      if (chunk.seq === kept.length + 1) kept.push(chunk.text)
      return kept.length + 1
    }
  })
  const text = ['1', '2', '3'].map(digit => digit.repeat(CHUNK_BYTES)).join('')
  log.append(text)
  await log.drain()
  log.dispose()
  expect(kept.join('')).toBe(text)
})

test('the cap is kept to the byte, with one closing line, and what follows is not taken', async () => {
  const log = spool()
  log.limit(10)
  expect(log.append('12345')).toBe(true)
  expect(log.append('67890ы')).toBe(false)
  expect(log.append('more')).toBe(false)
  expect(await drained(log)).toBe(
    '1234567890\nlog cap reached: 10 bytes are kept, the rest of the output is not\n'
  )
})

test('a full disk ends the log with the reason and nothing else', async () => {
  // Writing to this device fails as on a full disk (full(4)).
  const log = spool({ file: '/dev/full' })
  log.append('lost\n')
  expect(log.append('also lost\n')).toBe(false)
  expect(await drained(log)).toMatch(/^the log ends here: no space left on the runner's disk .*\n$/)
})

test('a reader gets everything from the start and ends with the log', async () => {
  const log = spool()
  log.append('before\n')
  const read: string[] = []
  const reading = (async () => {
    for await (const bytes of log.read(new AbortController().signal)) read.push(bytes.toString())
  })()
  await new Promise(resolve => setTimeout(resolve, 20))
  log.append('after\n')
  log.close()
  await reading
  await drained(log)
  expect(read.join('')).toBe('before\nafter\n')
})

test('a refusal of the app is thrown at the drain', async () => {
  const log = spool({ send: () => Promise.reject(new Error('refused')) })
  log.append('text\n')
  await expect(log.drain()).rejects.toThrow('refused')
  log.dispose()
})
