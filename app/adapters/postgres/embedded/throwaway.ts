/** Folders for throwaway clusters, and the removal of those whose owner was killed. */
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { serverAccount } from './account.ts'
import { cacheFolder } from './cache.ts'
import { openCluster } from './cluster.ts'
import { stopServer } from './postmaster.ts'
import { livingUsers } from './users.ts'

const PREFIX = 'throwaway-'
/** A folder without any user may have been made this moment; its owner writes itself down in seconds. */
const YOUNG_MS = 180_000

/** A fresh folder in our corner of the temp folder. */
export async function throwawayFolder(temp?: string): Promise<string> {
  const folder = await mkdtemp(join(await cacheFolder(temp), PREFIX))
  await chmod(folder, 0o711)
  return folder
}

/**
 * Stops the servers and removes the folders that no living process uses. The watchdog of a killed
 * owner does so at once; this is for what it could not do. Returns the folders removed.
 */
export async function sweepThrowaway(temp?: string): Promise<readonly string[]> {
  const cache = await cacheFolder(temp)
  const removed: string[] = []
  for (const name of await readdir(cache)) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(cache, name)
    if (!(await isLeftOver(folder))) continue
    await stopServer(await openCluster(folder, 'throwaway', serverAccount()))
    await rm(folder, { recursive: true, force: true })
    removed.push(folder)
  }
  return removed
}

async function isLeftOver(folder: string): Promise<boolean> {
  // Users are counted before they are cleared away, so a dead owner shows as an entry.
  const entries = await readdir(join(folder, 'users')).catch(() => [])
  if ((await livingUsers(join(folder, 'users'))) > 0) return false
  if (entries.length > 0) return true
  const facts = await stat(folder).catch(() => null)
  return facts !== null && Date.now() - facts.mtimeMs > YOUNG_MS
}
