/** The local executor with small shell programs as its agents, for the contract suite and the tests beside it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttemptSpec } from '#app/core/attempt.ts'
import type { Behaviour, ExecutorHarness, SpecOverrides } from '#app/testing/contracts/executor.ts'
import { type FakeRunnerApp, fakeRunnerApp } from '#app/testing/fake-runner-app.ts'
import { until } from '#app/testing/running.ts'
import { type LocalExecutor, type LocalOptions, localExecutor } from '#executors/local/index.ts'

const PATH = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'

/** Whole agents in a line of shell each. */
const PROGRAMS: Readonly<Record<Exclude<Behaviour, 'missing'>, string>> = {
  finish: 'echo one; echo two; echo three; echo hello > hello.txt',
  fail: 'echo broken >&2; exit 3',
  wait: 'echo waiting; sleep 600',
  chatty: 'yes 0123456789 | head -c 300000',
  stubborn: `echo pid $$; (trap '' TERM; sh -c 'echo pid $$; exec sleep 600') & sleep 600`
}

export interface LocalHarness extends ExecutorHarness {
  readonly executor: LocalExecutor
  readonly stateDir: string
  readonly options: LocalOptions
  /** A spec whose agent is this argv. */
  specFor(command: readonly string[], overrides?: SpecOverrides): AttemptSpec
}

/** `modelUrl` as of `fakeRunnerApp`. */
export async function localHarness(
  change: Partial<LocalOptions> = {},
  modelUrl: string | null = null
): Promise<LocalHarness> {
  const app = await fakeRunnerApp(modelUrl)
  const stateDir = mkdtempSync(join(tmpdir(), 'local-executor-'))
  const uids = process.geteuid?.() === 0 ? { first: 61_000, count: 200 } : null
  const basics = { stateDir, uids, requireIsolation: false, path: PATH, idleSeconds: 5 }
  const options = { ...basics, ...change }
  const executors = [localExecutor(options)]
  const [executor] = executors as [LocalExecutor]
  const specFor = specMaker(app)
  return {
    executor,
    app,
    stateDir: options.stateDir,
    options,
    specFor,
    spec: (behaviour, overrides) =>
      behaviour === 'missing'
        ? specFor(['no-such-program'], overrides)
        : specFor(['sh', '-c', PROGRAMS[behaviour]], overrides),
    async second() {
      await executor.close()
      const next = localExecutor(options)
      executors.push(next)
      return next
    },
    async cleanup() {
      for await (const id of executor.list()) await executor.destroy(id)
      for (const one of executors) await one.close()
      const left = localExecutor(options)
      await until('the runner host to leave', () => isGone(left, options.stateDir))
      await app.close()
      rmSync(stateDir, { recursive: true, force: true })
    }
  }
}

let made = 0

function specMaker(app: FakeRunnerApp): LocalHarness['specFor'] {
  return (command, overrides = {}) => {
    made += 1
    const id = overrides.id ?? `test${process.pid}x${made}-a1`
    const name = overrides.agent ?? 'command'
    const agent = { name, command, model: null, reasoning: null }
    const deadlineAt = new Date(Date.now() + (overrides.seconds ?? 60) * 1000).toISOString()
    const limits = {
      logBytes: overrides.logBytes ?? 1024 * 1024,
      bundleBytes: 8 * 1024 * 1024,
      sessionBytes: 1024 * 1024
    }
    const token = app.expect({ attempt: id, run: id, agent, deadlineAt, limits })
    return { id, run: id, number: 1, appUrl: app.url, token, agent, deadlineAt }
  }
}

async function isGone(executor: LocalExecutor, stateDir: string): Promise<boolean> {
  await executor.close()
  return !existsSync(join(stateDir, 'runner-host', 'host.json'))
}
