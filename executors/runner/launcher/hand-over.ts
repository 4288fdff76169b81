/** What the agent leaves: its commits as a bundle, its session, and the report about both. */
import type { RunnerReport } from '#app/core/attempt.ts'
import { describe } from '#executors/runner/failure.ts'
import type { Launch } from './launch.ts'
import { packSession } from './session.ts'
import { bundleBranch, commitLeftovers } from './tree.ts'

/** After every end, failure and stop included: nothing that was done is thrown away. */
export async function handOver(launch: Launch, report: RunnerReport): Promise<RunnerReport> {
  const left = await commit(launch)
  await saveSession(launch, report.sessionId)
  const made = await bundle(launch)
  const failure = left ?? made.failure
  const known = { ...report, headSha: made.headSha, bundle: made.bundle }
  if (failure === null) return known
  return { ...known, outcome: 'place_failed', message: failure }
}

/** Null when all went well, else the sentence that says what did not. */
async function commit(launch: Launch): Promise<string | null> {
  const { door, job, place, env } = launch
  try {
    const warning = await commitLeftovers({ cwd: place.tree, env }, job)
    if (warning !== null) await door.event('warning', { message: warning })
    return null
  } catch (error) {
    return describe(error)
  }
}

async function saveSession(launch: Launch, id: string | null): Promise<void> {
  const { door, job, agent, place } = launch
  try {
    const packed = await packSession(place.session, agent.sessionPaths, job.limits.sessionBytes)
    await door.writeSession(packed, id)
    await door.event('session.saved', { bytes: packed.length })
  } catch (error) {
    await door.event('warning', { message: `the session was not saved: ${describe(error)}` })
  }
}

async function bundle(
  launch: Launch
): Promise<Pick<RunnerReport, 'headSha' | 'bundle'> & { readonly failure: string | null }> {
  const { door, job, place, env } = launch
  try {
    const tree = { cwd: place.tree, env }
    const { headSha, bundle: made } = await bundleBranch(tree, job, place.bundleFile)
    if (made === null) return { headSha, bundle: null, failure: null }
    await door.writeBundle(made.file, made.bytes, made.sha256)
    await door.event('bundle.made', { head: headSha, bytes: made.bytes })
    return { headSha, bundle: { sha256: made.sha256, bytes: made.bytes }, failure: null }
  } catch (error) {
    return { headSha: null, bundle: null, failure: describe(error) }
  }
}
