/** Is the agent's program there, and new enough, before anything is started for it? */
import { realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter } from 'node:path'
import { AppError } from '#app/core/errors.ts'
import type { AgentProgram } from '#executors/runner/agents/agent.ts'
import { findAgent } from '#executors/runner/agents/index.ts'
import { describe } from '#executors/runner/failure.ts'
import { launcherProgram } from '#executors/runner/host/launcher-program.ts'
import { askVersion, isOlder, versionIn } from '#executors/runner/launcher/agent-version.ts'
import { requireProgram } from './program.ts'

export interface WantedAgent {
  readonly name: string
  readonly command: readonly string[]
  readonly path: string
  /** Whom runs belong to; null: our own user. */
  readonly user: RunUser | null
}

export interface RunUser {
  readonly uid: number
  readonly gid: number
}

/** Answers of programs by what they were asked of; the CLIs take 0.2 s each time. */
const known = new Map<string, string | null>()

/** The last user of the range, which a run gets last; null where runs share our own. */
export function runUser(
  uids: { readonly first: number; readonly count: number } | null
): RunUser | null {
  if (uids === null || process.geteuid?.() !== 0) return null
  const uid = uids.first + uids.count - 1
  return { uid, gid: uid }
}

/**
 * The version of the agent's program; null for an agent that may be any. Throws AGENT_MISSING when the
 * program is not there, does not run as `user`, or is older than the agent needs.
 */
export async function requireAgent(wanted: WantedAgent): Promise<string | null> {
  const file = requireProgram(wanted.command, wanted.path, wanted.user !== null)
  const program = findAgent(wanted.name)?.program ?? null
  if (program === null) return null
  const key = JSON.stringify([wanted, identity(file)])
  const version = known.has(key) ? (known.get(key) ?? null) : await ask(wanted, program)
  known.set(key, version)
  if (version !== null && !isOlder(version, program.oldest)) return version
  const is = version === null ? 'names no version; is it the right program?' : `is ${version}`
  throw missing(wanted, program, { why: `${file} ${is}` })
}

async function ask(wanted: WantedAgent, program: AgentProgram): Promise<string | null> {
  const { command, user } = wanted
  // As a run finds it: where another user cannot reach our node, the runner host puts a copy in front.
  const copied = user === null ? null : launcherProgram(tmpdir(), true).copied
  const path = [...(copied === null ? [] : [copied.bin]), wanted.path].join(delimiter)
  const env = { PATH: path, HOME: '/nonexistent', LANG: 'C.UTF-8' }
  try {
    return versionIn(await askVersion({ command, cwd: '/', env, user }))
  } catch (cause) {
    const whom = user === null ? '' : ` as user ${user.uid}`
    const why = `"${command.join(' ')} --version"${whom} says: ${describe(cause)}`
    throw missing(wanted, program, { why, cause })
  }
}

/** An update leaves the path as it is, and npm the time of change too; inode and ctime tell. */
function identity(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(realpathSync(file))
  return [dev, ino, size, mtimeMs, ctimeMs].join(':')
}

function missing(
  { name, command }: WantedAgent,
  { oldest, install }: AgentProgram,
  { why, cause }: { readonly why: string; readonly cause?: unknown }
): AppError {
  const fix = `install or update it on the machine of the worker (${install}), or name another program in the configuration`
  const message = `looking for the agent ${name}: version ${oldest} or newer is needed, but ${why}; ${fix}`
  return new AppError('AGENT_MISSING', message, { cause, fields: { program: command[0] ?? '' } })
}
