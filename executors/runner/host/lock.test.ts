import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { takeLock, withLock } from './lock.ts'

let folder: string
let file: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
  file = join(folder, 'lock')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** A process that takes the lock, forgets what it got, collects garbage, and says so. */
async function holder(): Promise<ChildProcess> {
  const source = `
    import { takeLock } from ${JSON.stringify(import.meta.resolve('#executors/runner/host/lock.ts'))}
    takeLock(${JSON.stringify(file)}, 0)
    for (let n = 0; n < 5; n += 1) {
      global.gc()
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    process.stdout.write('held')
    setInterval(() => undefined, 1000)
  `
  const options = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--input-type=module']
  const child = spawn(process.execPath, [...options, '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

test('a lock is held until its process dies, whatever the garbage collector does', async () => {
  const child = await holder()
  expect(takeLock(file, 0)).toBeNull()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = takeLock(file, 2000)
  expect(lock).not.toBeNull()
  lock?.release()
}, 20_000)

test('a released lock can be taken again, also after the work under it threw', () => {
  takeLock(file, 0)?.release()
  expect(() =>
    withLock(file, () => {
      throw new Error('in the middle')
    })
  ).toThrow('in the middle')
  expect(withLock(file, () => 'done')).toBe('done')
})
