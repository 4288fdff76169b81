/** Who uses the server of a folder: it is stopped by the last one, not by the first to leave. */
import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identifySelf, isAlive, parseIdentity } from './processes.ts'

/** Writes this process down as a user; returns what takes it out again. */
export async function registerUser(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, randomUUID())
  await writeFile(path, JSON.stringify(await identifySelf()), { mode: 0o600, flag: 'wx' })
  return () => rm(path, { force: true })
}

/** How many living users there are; the entries of dead ones are removed. */
export async function livingUsers(folder: string): Promise<number> {
  let living = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const identity = parseIdentity(await readFile(path, 'utf8').catch(() => ''))
    if (identity !== null && (await isAlive(identity))) living++
    else await rm(path, { force: true })
  }
  return living
}
