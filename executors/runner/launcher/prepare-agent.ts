/** From an agent's declaration to what can be started: its session, its files, its environment. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RunnerJob } from '#app/core/attempt.ts'
import type { Agent } from '#executors/runner/agents/agent.ts'
import type { LauncherEnvironment } from '#executors/runner/environment.ts'
import { describe } from '#executors/runner/failure.ts'
import { type Asking, askProgram, askVersion, versionIn } from './agent-version.ts'
import type { Door } from './door.ts'
import type { Loopback } from './loopback.ts'
import { agentEnvironment, type Place } from './place.ts'
import { emptyFolder, unpackSession } from './session.ts'

/** What every start of this attempt's agent has in common. */
export interface Preparing {
  readonly environment: LauncherEnvironment
  readonly agent: Agent
  readonly job: RunnerJob
  readonly place: Place
  readonly loopback: Loopback
}

/** An agent that only needs to be spawned. */
export interface ReadyAgent {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdinFile: string | null
  readonly resumed: boolean
}

/** Writes what the agent needs; with `resumed` it goes on in the session that stands in its folder. */
export async function prepareAgent(
  given: Preparing,
  { resumed, sandboxWorks }: { readonly resumed: boolean; readonly sandboxWorks: boolean }
): Promise<ReadyAgent> {
  const { environment, agent, job, place, loopback } = given
  const command = agent.start({
    choice: { ...job.agent, command: reachable(environment, job.agent.command) },
    tree: place.tree,
    home: place.home,
    prompt: job.prompt,
    promptFile: place.promptFile,
    resultFile: place.resultFile,
    sessionDir: place.session,
    session: resumed ? { id: job.session?.id ?? null } : null,
    models: {
      openai: `${loopback.url}/model/openai/v1`,
      anthropic: `${loopback.url}/model/anthropic`
    },
    isolated: environment.isolated,
    sandboxWorks
  })
  await writeFile(place.promptFile, job.prompt, { mode: 0o600 })
  for (const folder of command.folders) await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const { path, text } of command.files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, text, { mode: 0o600 })
  }
  const env = { ...environmentOf(given, resumed), ...command.env }
  return { argv: command.argv, env, stdinFile: command.stdinFile, resumed }
}

/** The environment of an agent before it adds its own. */
export function environmentOf(
  { environment, job, place, loopback }: Preparing,
  resumed: boolean
): Readonly<Record<string, string>> {
  const more = { path: environment.path, loopback: loopback.url, resumed }
  return agentEnvironment(place, job, more)
}

/** True when a session of this kind of agent stands in its folder. */
export async function restoreSession(door: Door, { job, place }: Preparing): Promise<boolean> {
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

/** For the record. Null for any program, and where it does not say: its start will tell why. */
export async function versionOf(given: Preparing): Promise<string | null> {
  if (given.agent.program === null) return null
  return askVersion(askingOf(given)).then(versionIn, () => null)
}

/** True when the place is open and the agent's own sandbox works instead; a warning when it does not. */
export async function trySandbox(door: Door, given: Preparing): Promise<boolean> {
  const { environment, agent } = given
  if (environment.isolated || agent.sandboxTry === null) return false
  try {
    await askProgram(askingOf(given), agent.sandboxTry)
    return true
  } catch (error) {
    const message = `nothing stands between the agent and this machine: the sandbox of ${agent.name} does not work here (${describe(error)})`
    await door.event('warning', { message })
    return false
  }
}

function askingOf(given: Preparing): Asking {
  const { environment, job, place } = given
  const command = reachable(environment, job.agent.command)
  return { command, cwd: place.home, env: environmentOf(given, false), user: null }
}

/** A command that names a node which this user cannot reach gets the launcher's own. */
function reachable(
  { nodeInsteadOf }: LauncherEnvironment,
  [program = '', ...rest]: readonly string[]
): readonly string[] {
  return [program === nodeInsteadOf ? process.execPath : program, ...rest]
}
