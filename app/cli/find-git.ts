/** Which git the server's own commands start, and what it says its version is. */

import type { GitFacts } from '#app/core/doctor/machine.ts'
import { AppError } from '#app/core/errors.ts'
import { requireProgram } from '#executors/local/program.ts'
import { askVersion } from '#executors/runner/launcher/agent-version.ts'

/** Null when there is none in `path`; without a version when it does not tell one in time. */
export async function findGit(path: string): Promise<GitFacts | null> {
  const file = fileOf(path)
  if (file === null) return null
  const asking = { command: [file], cwd: '/', env: { PATH: path }, user: null }
  const words = await askVersion(asking).catch(() => null)
  return { file, version: words?.trim().split('\n')[0] ?? null }
}

function fileOf(path: string): string | null {
  try {
    return requireProgram(['git'], path, false)
  } catch (error) {
    if (error instanceof AppError && error.code === 'AGENT_MISSING') return null
    throw error
  }
}
