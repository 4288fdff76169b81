/** The runner host as workers meet it: one a state folder, found again, gone when nobody needs it. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { fakeRunnerApp } from '#app/testing/fake-runner-app.ts'
import { type LocalHarness, localHarness } from '#app/testing/local-harness.ts'
import { isRunning, until } from '#app/testing/running.ts'
import { localExecutor } from './index.ts'

let harness: LocalHarness
beforeAll(async () => {
  harness = await localHarness({ idleSeconds: 1 })
})
afterAll(() => harness.cleanup())

function hostPid(): number | null {
  const file = join(harness.stateDir, 'runner-host', 'host.json')
  if (!existsSync(file)) return null
  return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
}

test('asking about attempts where none ever was starts no host', async () => {
  const { executor } = harness
  expect(await executor.inspect('never-a1')).toEqual({ kind: 'absent' })
  await executor.destroy('never-a1')
  expect(existsSync(join(harness.stateDir, 'runner-host'))).toBe(false)
})

test('workers that start at the same moment share one host, which leaves when it is idle', async () => {
  const { options, app, spec } = harness
  const workers = Array.from({ length: 4 }, () => localExecutor(options))
  const specs = workers.map(() => spec('wait'))
  await Promise.all(workers.map((worker, index) => worker.start(specs[index] ?? spec('wait'))))
  const pid = await until('a host', hostPid)
  for (const worker of workers) {
    const ids: string[] = []
    for await (const id of worker.list()) ids.push(id)
    expect(ids).toEqual(specs.map(one => one.id).sort())
  }
  await workers[0]?.close()
  expect(isRunning(pid)).toBe(true)
  await until('every agent', () => specs.every(({ id }) => app.logOf(id).includes('waiting')))
  for (const { id } of specs) await workers[1]?.destroy(id)
  await until('the host to leave', () => !isRunning(pid))
  expect(hostPid()).toBeNull()
}, 30_000)

test('an ended attempt is still known after its host has left', async () => {
  const { executor, spec } = harness
  const attempt = spec('fail')
  await executor.start(attempt)
  const pid = await until('a host', hostPid)
  await until('the host to leave', () => !isRunning(pid))
  expect(await executor.inspect(attempt.id)).toMatchObject({
    kind: 'ended',
    end: 'failed',
    exitCode: 3
  })
  const lines: string[] = []
  for await (const line of executor.logs(attempt.id, new AbortController().signal)) lines.push(line)
  expect(lines).toEqual(['broken'])
  await executor.destroy(attempt.id)
}, 30_000)

test('starting a live attempt again brings a newer token and another address of the app', async () => {
  const { executor, app, spec } = harness
  const attempt = spec('wait')
  await executor.start(attempt)
  await until('the first line', () => app.logOf(attempt.id).includes('waiting'))
  const moved = await fakeRunnerApp()
  const token = moved.expect(app.heard(attempt.id).job)
  const before = app.heard(attempt.id).heartbeats
  await executor.start({ ...attempt, appUrl: moved.url, token })
  moved.order(attempt.id, { order: 'stop', reason: 'enough' })
  await until('the end', async () => (await executor.inspect(attempt.id)).kind === 'ended')
  expect(moved.heard(attempt.id).results).toMatchObject([{ outcome: 'stopped' }])
  expect(app.heard(attempt.id).heartbeats - before).toBeLessThanOrEqual(1)
  await executor.destroy(attempt.id)
  await moved.close()
}, 30_000)
