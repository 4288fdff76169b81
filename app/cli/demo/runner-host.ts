/** Sees to it that nothing of a state folder's local runs is left: attempts, their agents, their host. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EXECUTORS } from '#executors/index.ts'
import { takeLock } from '#executors/runner/host/lock.ts'

const LEAVE_MS = 5_000

/** Ends what still runs, asks the host to leave, and ends it by its id when it does not. */
export async function endLocalRuns(stateDir: string): Promise<void> {
  const local = join(stateDir, 'local')
  const pid = hostPid(local) ?? (await startingHost(local))
  if (pid === null) return
  const executor = EXECUTORS.local({ stateDir: local, uids: null, requireIsolation: false })
  try {
    for await (const id of executor.list()) await executor.destroy(id)
    await executor.close()
  } catch {
    // It does not answer; what follows ends it.
  }
  // Destroying may have started another host.
  for (const one of new Set([pid, hostPid(local) ?? pid])) await gone(one)
}

/** A host holds its lock before it says where it is. */
async function startingHost(local: string): Promise<number | null> {
  const folder = join(local, 'runner-host')
  for (const end = Date.now() + LEAVE_MS; existsSync(folder) && Date.now() < end; await delay(50)) {
    const lock = takeLock(join(folder, 'lock'), 0)
    lock?.release()
    if (lock !== null) break
    const pid = hostPid(local)
    if (pid !== null) return pid
  }
  return hostPid(local)
}

function hostPid(local: string): number | null {
  try {
    const text = readFileSync(join(local, 'runner-host', 'host.json'), 'utf8')
    return (JSON.parse(text) as { readonly pid: number }).pid
  } catch {
    // No host was started, or it has left.
    return null
  }
}

async function gone(pid: number): Promise<void> {
  for (const end = Date.now() + LEAVE_MS; Date.now() < end; await delay(50)) {
    if (!signal(pid, 0)) return
  }
  signal(pid, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    // No such process any more.
    return false
  }
}
