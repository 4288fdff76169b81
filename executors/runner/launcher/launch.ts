/** One attempt at the agent's side, from the job to the hand-over. */

import { constants } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import type { RunnerJob, RunnerReport } from '#app/core/attempt.ts'
import type { Agent } from '#executors/runner/agents/agent.ts'
import { findAgent } from '#executors/runner/agents/index.ts'
import type { LauncherEnvironment } from '#executors/runner/environment.ts'
import { describe } from '#executors/runner/failure.ts'
import { bareReport } from '#executors/runner/report.ts'
import { type AgentEnd, type AgentProcess, runAgent } from './agent-process.ts'
import { Door } from './door.ts'
import type { GitPlace } from './git.ts'
import { handOver } from './hand-over.ts'
import { LogSender } from './log-sender.ts'
import { hideLoopback, type Loopback, openLoopback, randomPath } from './loopback.ts'
import { RUNNER_GONE, watchOrders } from './orders.ts'
import { type Place, placeBelow } from './place.ts'
import {
  environmentOf,
  prepareAgent,
  type ReadyAgent,
  restoreSession,
  trySandbox,
  versionOf
} from './prepare-agent.ts'
import { initTree, prepareTree } from './tree.ts'

const MOST_RESULT_BYTES = 256 * 1024

/** What the steps of one launch share. */
export interface Launch {
  readonly door: Door
  readonly job: RunnerJob
  readonly agent: Agent
  readonly place: Place
  readonly env: Readonly<Record<string, string>>
  readonly stop: AbortSignal
}

/** Runs the attempt and hands over. Answers the exit code of the launcher: 0 when it handed over. */
export async function launch(
  environment: LauncherEnvironment,
  socketPath: string
): Promise<number> {
  const path = randomPath()
  const door = new Door(socketPath, text => hideLoopback(text, path))
  // What needs no job is made while it is on its way; a tree that fails is told once there is one.
  const tree = initTree(bareTree(environment))
  tree.catch(() => undefined)
  const [job, loopback] = await Promise.all([door.job(), openLoopback(socketPath, path)])
  const orders = watchOrders(door, job.deadlineAt)
  try {
    const given = { door, job, stop: orders.stop, loopback, tree }
    const report = await attempt(environment, given)
    if (orders.stop.reason === RUNNER_GONE) return 70
    await door.result(report)
    return 0
  } finally {
    orders.close()
    loopback.close()
  }
}

/** For git before the job is known: nobody's name is needed yet. */
function bareTree({ place, path }: LauncherEnvironment): GitPlace {
  const { home, tree } = placeBelow(place)
  return { cwd: tree, env: { PATH: path, HOME: home, LANG: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1' } }
}

async function attempt(
  environment: LauncherEnvironment,
  given: Pick<Launch, 'door' | 'job' | 'stop'> & {
    readonly loopback: Loopback
    readonly tree: Promise<void>
  }
): Promise<RunnerReport> {
  const { door, job, stop, loopback } = given
  const begunAt = performance.now()
  const agent = findAgent(job.agent.name)
  if (agent === null) return bareReport('place_failed', `no agent is called "${job.agent.name}"`)
  const place = placeBelow(environment.place)
  const preparing = { environment, agent, job, place, loopback }
  let start: Start
  try {
    await writeFile(place.loopbackFile, loopback.url, { mode: 0o600 })
    const tree = { cwd: place.tree, env: environmentOf(preparing, false) }
    await given.tree
    const [resumed, version, sandboxWorks] = await Promise.all([
      restoreSession(door, preparing),
      versionOf(preparing),
      trySandbox(door, preparing),
      prepareTree(tree, job, `${loopback.url}/git`, stop)
    ])
    const ready = await prepareAgent(preparing, { resumed, sandboxWorks })
    const cold = (): Promise<ReadyAgent> =>
      prepareAgent(preparing, { resumed: false, sandboxWorks })
    start = { ready, version, cold }
    const preparedMs = Math.round(performance.now() - begunAt)
    await door.event('place.ready', { branch: job.branch, base: job.baseSha, preparedMs })
  } catch (error) {
    if (stop.aborted) return bareReport('stopped', stopMessage(stop))
    return bareReport('place_failed', describe(error))
  }
  return work({ door, job, agent, place, stop, env: start.ready.env }, start)
}

interface Start {
  readonly ready: ReadyAgent
  readonly version: string | null
  /** The same agent without its saved session. */
  readonly cold: () => Promise<ReadyAgent>
}

async function work(launched: Launch, start: Start): Promise<RunnerReport> {
  const { door } = launched
  const log = new LogSender(door)
  const events: Promise<void>[] = []
  const run = starter(launched, {
    version: start.version,
    log: line => log.write(line),
    event: (type, data) => {
      // An event that is lost with its runner has nobody left to read it.
      events.push(door.event(type, data).catch(() => undefined))
    }
  })
  let { ready } = start
  let end: AgentEnd
  try {
    end = await run(ready)
    if (isUnopened(launched, ready, end)) {
      const message = 'the agent could not open its saved session; starting without it'
      await door.event('warning', { message })
      ready = await start.cold()
      end = await run(ready)
    }
  } catch (error) {
    return bareReport('place_failed', describe(error))
  }
  await log.flush()
  await Promise.all(events)
  const report: RunnerReport = {
    ...bareReport('finished', ''),
    ...outcomeOf(end, launched.stop),
    exitCode: end.exitCode,
    signal: end.signal,
    report: (await readResult(launched)) ?? end.result,
    lastLines: end.lastLines,
    // What was restored is saved again, also when this start could make nothing of it.
    sessionId: end.sessionId ?? (start.ready.resumed ? (launched.job.session?.id ?? null) : null),
    sessionResumed: ready.resumed
  }
  return launched.stop.reason === RUNNER_GONE ? report : handOver(launched, report)
}

function starter(
  { agent, door, place, stop }: Launch,
  more: Pick<AgentProcess, 'version' | 'log' | 'event'>
): (ready: ReadyAgent) => Promise<AgentEnd> {
  const common = { agent, cwd: place.tree, stop, hide: door.hide, ...more }
  return ({ argv, env, stdinFile }) => runAgent({ argv, stdinFile, env, ...common })
}

/** It left before it named the session that it was to open: a damaged one, or another version's. */
function isUnopened({ job, stop }: Launch, { resumed }: ReadyAgent, end: AgentEnd): boolean {
  const named = resumed && typeof job.session?.id === 'string'
  const left = end.exitCode !== null && end.exitCode !== 0
  return named && left && end.sessionId === null && !stop.aborted
}

function outcomeOf(end: AgentEnd, stop: AbortSignal): Pick<RunnerReport, 'outcome' | 'message'> {
  if (stop.aborted) return { outcome: 'stopped', message: stopMessage(stop) }
  if (end.failure !== null) {
    return { outcome: 'agent_failed', message: `the agent gave up: ${end.failure}` }
  }
  if (end.exitCode === 0) return { outcome: 'finished', message: null }
  const how = end.signal === null ? `with exit code ${end.exitCode}` : `by signal ${end.signal}`
  return { outcome: 'agent_failed', message: `the agent ended ${how}` }
}

function stopMessage(stop: AbortSignal): string {
  return stop.reason === 'deadline'
    ? 'the agent was ended at its deadline'
    : `the agent was ended by order: ${String(stop.reason)}`
}

/** The text of the result file; null when there is none, it is no file, or it is too large. */
async function readResult({ door, place }: Launch): Promise<string | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  // Most agents write none; a link or a folder in its place is none either.
  const file = await open(place.resultFile, flags).catch(() => null)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    if (size <= MOST_RESULT_BYTES) return (await file.readFile()).toString()
    const message = `the result file is too large: ${size} bytes, the limit is ${MOST_RESULT_BYTES}`
    await door.event('warning', { message })
    return null
  } catch (error) {
    await door.event('warning', { message: `reading the result file: ${describe(error)}` })
    return null
  } finally {
    await file.close()
  }
}
