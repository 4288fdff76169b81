/** The part of the executor suite for executors that start real processes on this machine. */
import { expect, test } from '@jest/globals'
import type { AttemptId } from '#app/core/attempt.ts'
import type { FakeRunnerApp } from '#app/testing/fake-runner-app.ts'
import { isRunning, until } from '#app/testing/running.ts'
import { all, type ExecutorHarness, ended } from './executor-harness.ts'

type Given = () => ExecutorHarness

export function processTests(given: Given): void {
  test('destroying a running attempt leaves none of its processes', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('stubborn')
    await executor.start(attempt)
    const pids = await printedPids(app, attempt.id)
    expect(pids.map(isRunning)).toEqual([true, true])
    await executor.destroy(attempt.id)
    expect(pids.map(isRunning)).toEqual([false, false])
  }, 30_000)

  test('the deadline ends a grandchild that ignores TERM as well', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('stubborn', { seconds: 3 })
    await executor.start(attempt)
    const pids = await printedPids(app, attempt.id)
    expect(await ended(executor, attempt.id)).toMatchObject({ end: 'deadline' })
    expect(pids.map(isRunning)).toEqual([false, false])
    await executor.destroy(attempt.id)
  }, 30_000)
}

export function adoptionTests(given: Given): void {
  test('an attempt outlives its executor and another one takes it over', async () => {
    const { executor, app, spec, second } = given()
    const attempt = spec('wait')
    await executor.start(attempt)
    await until('the first line', () => app.logOf(attempt.id).includes('waiting'))
    const next = await second()
    expect(await all(next.list())).toEqual([attempt.id])
    expect(await next.inspect(attempt.id)).toMatchObject({ kind: 'running' })
    await next.start(attempt)
    expect(app.heard(attempt.id).claims).toBe(1)
    app.order(attempt.id, { order: 'stop', reason: 'enough' })
    expect(await ended(next, attempt.id)).toMatchObject({ end: 'killed' })
    await next.destroy(attempt.id)
  }, 30_000)
}

async function printedPids(app: FakeRunnerApp, id: AttemptId): Promise<readonly number[]> {
  return until('two process ids', () => {
    const pids = [...app.logOf(id).matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid))
    return pids.length === 2 ? pids : null
  })
}
