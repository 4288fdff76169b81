/** The sentences of `app/ports/executor.ts`, run on every executor. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { until } from '#app/testing/running.ts'
import { all, type ExecutorHarness, type ExecutorTraits, ended } from './executor-harness.ts'
import { adoptionTests, processTests } from './executor-processes.ts'

export type {
  Behaviour,
  ExecutorHarness,
  ExecutorTraits,
  SpecOverrides
} from './executor-harness.ts'

export function executorContract(
  name: string,
  make: () => Promise<ExecutorHarness>,
  traits: ExecutorTraits
): void {
  describe(`the ${name} executor`, () => {
    let harness: ExecutorHarness
    beforeAll(async () => {
      harness = await make()
    })
    afterAll(() => harness.cleanup())

    startTests(() => harness)
    endTests(() => harness)
    logTests(() => harness)
    destroyTests(() => harness)
    if (traits.processes) processTests(() => harness)
    if (traits.adoption) adoptionTests(() => harness)
  })
}

type Given = () => ExecutorHarness

function startTests(given: Given): void {
  test('starting the same attempt twice starts one job', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('finish')
    await Promise.all([executor.start(attempt), executor.start(attempt)])
    await ended(executor, attempt.id)
    await executor.start(attempt)
    expect(await executor.inspect(attempt.id)).toMatchObject({ kind: 'ended', end: 'finished' })
    expect(app.heard(attempt.id).claims).toBe(1)
    expect(app.heard(attempt.id).results).toHaveLength(1)
    await executor.destroy(attempt.id)
  }, 30_000)

  test('a program that is not there is named before anything starts', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('missing')
    const program = attempt.agent.command[0] ?? ''
    await expect(executor.start(attempt)).rejects.toMatchObject({
      code: 'AGENT_MISSING',
      message: expect.stringContaining(program)
    })
    expect(await executor.inspect(attempt.id)).toEqual({ kind: 'absent' })
    expect(app.heard(attempt.id).claims).toBe(0)
  })

  test('an attempt that was never started is absent and has no lines', async () => {
    const { executor } = given()
    expect(await executor.inspect('never-a1')).toEqual({ kind: 'absent' })
    expect(await all(executor.logs('never-a1', new AbortController().signal))).toEqual([])
  })
}

function endTests(given: Given): void {
  test.each([
    ['an agent that ends with 0 is finished', 'finish', 'finished', 0],
    ['an agent that ends with another code has failed', 'fail', 'failed', 3]
  ] as const)(
    '%s',
    async (_sentence, behaviour, end, exitCode) => {
      const { executor, app, spec } = given()
      const attempt = spec(behaviour)
      await executor.start(attempt)
      expect(await ended(executor, attempt.id)).toMatchObject({ kind: 'ended', end, exitCode })
      expect(app.heard(attempt.id).results).toMatchObject([{ exitCode }])
      await executor.destroy(attempt.id)
    },
    30_000
  )

  test('what the agent changed arrives as a bundle on the base, before the result', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('finish')
    await executor.start(attempt)
    await ended(executor, attempt.id)
    expect(app.filesOf(attempt.id)).toMatchObject({
      'hello.txt': 'hello\n',
      'README.md': '# Fixture\n'
    })
    const [report] = app.heard(attempt.id).results
    expect(report?.bundle?.bytes).toBe(app.heard(attempt.id).bundle?.length)
    await executor.destroy(attempt.id)
  }, 30_000)

  test('an attempt runs until the app orders a stop, then hands over and is killed', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('wait')
    await executor.start(attempt)
    await until('the first line', () => app.logOf(attempt.id).includes('waiting'))
    expect(await executor.inspect(attempt.id)).toMatchObject({ kind: 'running' })
    app.order(attempt.id, { order: 'stop', reason: 'cancelled' })
    expect(await ended(executor, attempt.id)).toMatchObject({ end: 'killed' })
    expect(app.heard(attempt.id).results).toMatchObject([{ outcome: 'stopped' }])
    await executor.destroy(attempt.id)
  }, 30_000)

  test('an attempt ends by itself at its deadline', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('wait', { seconds: 2 })
    await executor.start(attempt)
    expect(await ended(executor, attempt.id)).toMatchObject({ end: 'deadline' })
    expect(app.heard(attempt.id).results).toMatchObject([{ outcome: 'stopped' }])
    await executor.destroy(attempt.id)
  }, 30_000)

  test('an attempt that the app has given up is killed without a result', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('wait')
    await executor.start(attempt)
    await until('the first line', () => app.logOf(attempt.id).includes('waiting'))
    app.fence(attempt.id)
    expect(await ended(executor, attempt.id)).toMatchObject({ end: 'killed' })
    expect(app.heard(attempt.id).results).toEqual([])
    await executor.destroy(attempt.id)
  }, 30_000)

  test('an app that is away for a while misses nothing', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('finish')
    await app.down()
    await executor.start(attempt)
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await executor.inspect(attempt.id)).toMatchObject({ kind: 'running' })
    await app.up()
    await ended(executor, attempt.id)
    const { results, events } = app.heard(attempt.id)
    expect(results).toMatchObject([{ outcome: 'finished' }])
    expect(events.map(event => event.seq)).toEqual(events.map((_event, index) => index + 1))
    expect(app.logOf(attempt.id)).toBe('one\ntwo\nthree\n')
    await executor.destroy(attempt.id)
  }, 30_000)
}

function logTests(given: Given): void {
  test('lines stream while the attempt runs and stop when the reader goes away', async () => {
    const { executor, spec } = given()
    const attempt = spec('wait')
    await executor.start(attempt)
    const away = new AbortController()
    const lines: string[] = []
    for await (const line of executor.logs(attempt.id, away.signal)) {
      lines.push(line)
      away.abort()
    }
    expect(lines).toEqual(['waiting'])
    expect(await executor.inspect(attempt.id)).toMatchObject({ kind: 'running' })
    await executor.destroy(attempt.id)
  }, 30_000)

  test('the lines of an attempt end with it and can be read again', async () => {
    const { executor, spec } = given()
    const attempt = spec('finish')
    await executor.start(attempt)
    const forever = new AbortController().signal
    expect(await all(executor.logs(attempt.id, forever))).toEqual(['one', 'two', 'three'])
    await ended(executor, attempt.id)
    expect(await all(executor.logs(attempt.id, forever))).toEqual(['one', 'two', 'three'])
    await executor.destroy(attempt.id)
    expect(await all(executor.logs(attempt.id, forever))).toEqual([])
  }, 30_000)

  test('a log is cut at its cap, says so once, and the attempt goes on', async () => {
    const { executor, app, spec } = given()
    const attempt = spec('chatty', { logBytes: 20_000 })
    await executor.start(attempt)
    expect(await ended(executor, attempt.id)).toMatchObject({ end: 'finished' })
    const text = app.logOf(attempt.id)
    expect(text.match(/log cap reached: 20000 bytes/g)).toHaveLength(1)
    expect(text.length).toBeGreaterThan(19_000)
    expect(text.length).toBeLessThan(20_200)
    await executor.destroy(attempt.id)
  }, 30_000)
}

function destroyTests(given: Given): void {
  test('destroying is safe before the start, while it runs, after the end, and twice', async () => {
    const { executor, app, spec } = given()
    const [running, over] = [spec('wait'), spec('finish')]
    await executor.destroy(running.id)
    await Promise.all([executor.start(running), executor.start(over)])
    await until('the first line', () => app.logOf(running.id).includes('waiting'))
    await ended(executor, over.id)
    for (const { id } of [running, over]) {
      await Promise.all([executor.destroy(id), executor.destroy(id)])
      await executor.destroy(id)
      expect(await executor.inspect(id)).toEqual({ kind: 'absent' })
    }
    expect(app.heard(running.id).results).toEqual([])
  }, 30_000)

  test('destroying after a start that was refused is safe', async () => {
    const { executor, spec } = given()
    const attempt = spec('missing')
    await expect(executor.start(attempt)).rejects.toMatchObject({ code: 'AGENT_MISSING' })
    await executor.destroy(attempt.id)
    expect(await executor.inspect(attempt.id)).toEqual({ kind: 'absent' })
  })

  test('every attempt is listed from its start until it is destroyed', async () => {
    const { executor, spec } = given()
    const [running, over] = [spec('wait'), spec('finish')]
    await Promise.all([executor.start(running), executor.start(over)])
    await ended(executor, over.id)
    expect(await all(executor.list())).toEqual([running.id, over.id].sort())
    await executor.destroy(over.id)
    expect(await all(executor.list())).toEqual([running.id])
    await executor.destroy(running.id)
    expect(await all(executor.list())).toEqual([])
  }, 30_000)
}
