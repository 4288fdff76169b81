/** One attempt at the agent's side, from the job to the hand-over. */

import { constants } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RunnerJob, RunnerReport } from '#app/core/attempt.ts'
import type { Agent, AgentCommand } from '#executors/runner/agents/agent.ts'
import { findAgent } from '#executors/runner/agents/index.ts'
import type { LauncherEnvironment } from '#executors/runner/environment.ts'
import { describe } from '#executors/runner/failure.ts'
import { bareReport } from '#executors/runner/report.ts'
import { type AgentEnd, runAgent } from './agent-process.ts'
import type { Door } from './door.ts'
import { handOver } from './hand-over.ts'
import { LogSender } from './log-sender.ts'
import { type Loopback, openLoopback } from './loopback.ts'
import { RUNNER_GONE, watchOrders } from './orders.ts'
import { agentEnvironment, type Place, placeBelow } from './place.ts'
import { emptyFolder, unpackSession } from './session.ts'
import { prepareTree } from './tree.ts'

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
export async function launch(environment: LauncherEnvironment, door: Door): Promise<number> {
  const job = await door.job()
  const orders = watchOrders(door, job.deadlineAt)
  const loopback = await openLoopback(door.socketPath)
  try {
    const report = await attempt(environment, { door, job, stop: orders.stop, loopback })
    if (orders.stop.reason === RUNNER_GONE) return 70
    await door.result(report)
    return 0
  } finally {
    orders.close()
    loopback.close()
  }
}

async function attempt(
  environment: LauncherEnvironment,
  given: Pick<Launch, 'door' | 'job' | 'stop'> & { readonly loopback: Loopback }
): Promise<RunnerReport> {
  const { door, job, stop, loopback } = given
  const agent = findAgent(job.agent.name)
  if (agent === null) return bareReport('place_failed', `no agent is called "${job.agent.name}"`)
  const place = placeBelow(environment.place)
  const more = { path: environment.path, loopback: loopback.url }
  let ready: { resumed: boolean; launch: Launch; command: AgentCommand }
  try {
    await writeFile(place.loopbackFile, loopback.url, { mode: 0o600 })
    const cold = agentEnvironment(place, job, { ...more, resumed: false })
    const [resumed] = await Promise.all([
      restoreSession(door, job, place),
      prepareTree({ cwd: place.tree, env: cold }, job, `${loopback.url}/git`, stop)
    ])
    const env = agentEnvironment(place, job, { ...more, resumed })
    const command = await prepareAgent({ agent, job, place, resumed, loopback })
    const launched = { door, job, agent, place, stop, env: { ...env, ...command.env } }
    ready = { resumed, command, launch: launched }
    await door.event('place.ready', { branch: job.branch, base: job.baseSha })
  } catch (error) {
    if (stop.aborted) return bareReport('stopped', stopMessage(stop))
    return bareReport('place_failed', describe(error))
  }
  const argv = ready.command.argv.map((word, index) =>
    index === 0 && word === environment.nodeInsteadOf ? process.execPath : word
  )
  return work(ready.launch, argv, ready.resumed)
}

async function work(
  launched: Launch,
  argv: readonly string[],
  resumed: boolean
): Promise<RunnerReport> {
  const { door, agent, place, env, stop } = launched
  const log = new LogSender(door)
  const events: Promise<void>[] = []
  let end: AgentEnd
  try {
    end = await runAgent({
      agent,
      argv,
      cwd: place.tree,
      env,
      stop,
      log: line => log.write(line),
      event: (type, data) => {
        // An event that is lost with its runner has nobody left to read it.
        events.push(door.event(type, data).catch(() => undefined))
      }
    })
  } catch (error) {
    return bareReport('place_failed', describe(error))
  }
  await log.flush()
  await Promise.all(events)
  const report: RunnerReport = {
    ...bareReport('finished', ''),
    ...outcomeOf(end, stop),
    exitCode: end.exitCode,
    signal: end.signal,
    report: (await readResult(launched)) ?? end.result,
    lastLines: end.lastLines,
    sessionId: end.sessionId ?? (resumed ? (launched.job.session?.id ?? null) : null),
    sessionResumed: resumed
  }
  return stop.reason === RUNNER_GONE ? report : handOver(launched, report)
}

function outcomeOf(end: AgentEnd, stop: AbortSignal): Pick<RunnerReport, 'outcome' | 'message'> {
  if (stop.aborted) return { outcome: 'stopped', message: stopMessage(stop) }
  if (end.exitCode === 0) return { outcome: 'finished', message: null }
  const how = end.signal === null ? `with exit code ${end.exitCode}` : `by signal ${end.signal}`
  return { outcome: 'agent_failed', message: `the agent ended ${how}` }
}

function stopMessage(stop: AbortSignal): string {
  return stop.reason === 'deadline'
    ? 'the agent was ended at its deadline'
    : `the agent was ended by order: ${String(stop.reason)}`
}

/** True when a session of this kind of agent stands in its folder. */
async function restoreSession(door: Door, job: RunnerJob, place: Place): Promise<boolean> {
  if (job.session === null) return false
  if (job.session.agent !== job.agent.name) {
    const message = `the saved session is one of ${job.session.agent}; starting without it`
    await door.event('warning', { message })
    return false
  }
  const packed = await door.readSession()
  if (packed === null) return false
  try {
    const files = await unpackSession(packed, place.session, job.limits.sessionBytes)
    await door.event('session.restored', { files, bytes: packed.length })
    return files > 0
  } catch (error) {
    await emptyFolder(place.session)
    await door.event('warning', { message: `starting without a session: ${describe(error)}` })
    return false
  }
}

async function prepareAgent(given: {
  readonly agent: Agent
  readonly job: RunnerJob
  readonly place: Place
  readonly resumed: boolean
  readonly loopback: Loopback
}): Promise<AgentCommand> {
  const { agent, job, place, loopback } = given
  const command = agent.start({
    choice: job.agent,
    prompt: job.prompt,
    promptFile: place.promptFile,
    resultFile: place.resultFile,
    sessionDir: place.session,
    session: given.resumed ? { id: job.session?.id ?? null } : null,
    models: {
      openai: `${loopback.url}/model/openai/v1`,
      anthropic: `${loopback.url}/model/anthropic`
    }
  })
  await writeFile(place.promptFile, job.prompt, { mode: 0o600 })
  for (const folder of command.folders) await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const { path, text } of command.files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, text, { mode: 0o600 })
  }
  return command
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
