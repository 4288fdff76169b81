/** For the set-up page: is an agent's program there as the first run will want it? */
import { isAbsolute, resolve } from 'node:path'
import { AppError } from '#app/core/errors.ts'
import { type AgentLook, folderToName } from '#app/core/set-up.ts'
import { requireProgram } from '#executors/local/program.ts'
import { type RunUser, requireAgent } from '#executors/local/require-agent.ts'

export interface Looking {
  readonly name: string
  readonly command: readonly string[]
  /** As runs get it: the folders that the environment names for agents, and PATH. */
  readonly path: string
  /** Of these the ones that the environment names for agents; '' for none. */
  readonly agentPath: string
  /** As `WantedAgent.user`. */
  readonly user: RunUser | null
}

/** Looks as the start of a run does. A program of one's own is never absent: what is wrong is said of it. */
export async function lookForAgent(looking: Looking): Promise<AgentLook> {
  const { name, command, path, user } = looking
  const file = fileOf(command, path)
  if (file === null && name !== 'command') return { kind: 'absent' }
  try {
    const version = await requireAgent({ name, command, path, user })
    return foundAt(looking, file ?? '', version)
  } catch (error) {
    if (!isMissing(error)) throw error
    return { kind: 'refused', why: error.message }
  }
}

/** A place beside those that services look in must be in the settings, where it can be put. */
function foundAt(
  { command: [word = ''], agentPath }: Looking,
  file: string,
  version: string | null
): AgentLook {
  const folder = isAbsolute(word) ? null : folderToName(file)
  const named = agentPath.split(':')
  if (folder === null || named.includes(folder)) {
    return { kind: 'found', file, version, folder: null }
  }
  if (agentPath === '') return { kind: 'found', file, version, folder }
  const why = `${file} is found by this shell's PATH only: STAGEWRIGHT_AGENT_PATH is set and does not name its folder; set it to ${agentPath}:${folder} and start again`
  return { kind: 'refused', why }
}

function fileOf(command: readonly string[], path: string): string | null {
  try {
    return resolve(requireProgram(command, path, false))
  } catch (error) {
    if (!isMissing(error)) throw error
    return null
  }
}

function isMissing(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'AGENT_MISSING'
}
