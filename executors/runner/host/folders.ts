/** Folders of our own in places where others may write too: made, verified, removed. */
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { lchown, lstat, rm, rmdir } from 'node:fs/promises'
import { fail, systemCode } from '#executors/runner/failure.ts'

/** Where rm and chmod stand. */
const SYSTEM_PATH = '/usr/bin:/bin:/run/current-system/sw/bin'
const MOST_SAID = 500

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Makes the folder or verifies that it is one, ours, and closed for others' writes. */
export function ownFolder(path: string, mode: number): string {
  try {
    mkdirSync(path, { mode })
    // The umask takes bits away at mkdir.
    chmodSync(path, mode)
    return path
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  const stats = lstatSync(path)
  if (!stats.isDirectory() || stats.uid !== process.geteuid?.() || (stats.mode & 0o022) !== 0) {
    throw fail(
      'EXECUTOR_UNAVAILABLE',
      `using ${path}: it is not a folder of ours alone; remove it and try again`
    )
  }
  chmodSync(path, mode)
  return path
}

/** Makes a folder that must not exist yet; with an owner it is that user's alone. */
export function newFolder(path: string, owner: Owner | null): void {
  mkdirSync(path, { mode: 0o700 })
  if (owner !== null) chownSync(path, owner.uid, owner.gid)
}

/**
 * Removes a run's folder with all that is in it. As root nothing inside is touched by root, who
 * follows whatever the agent put there: `rm` runs as the run's user (by default the folder's own),
 * and only the empty folder is removed by us. Throws EXECUTOR_UNAVAILABLE when something is left.
 */
export async function removePlace(path: string, owner: Owner | null): Promise<void> {
  const stats = await look(path)
  if (stats === null) return
  const user = process.geteuid?.() === 0 ? (owner ?? ownerOf(stats)) : null
  // It was not handed over yet, so no agent was in it; it stands in a folder of root.
  if (user !== null && stats.uid === 0) await lchown(path, user.uid, user.gid)
  await removeAs(path, user)
}

/** Removes a folder of ours alone. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch {
    // An agent that is not closed off from us may have taken our own rights away.
    await removeAs(path, null)
  }
}

async function removeAs(path: string, user: Owner | null): Promise<void> {
  await run(['rm', '-rf', '--', path], user)
  if (await isEmptied(path)) return
  // An agent may have taken its own rights away. chmod -R follows no links.
  await run(['chmod', '-R', 'u+rwx', '--', path], user)
  const said = await run(['rm', '-rf', '--', path], user)
  if (await isEmptied(path)) return
  throw fail('EXECUTOR_UNAVAILABLE', `removing ${path}: something is left (${said})`)
}

/** Removes the folder itself if nothing is in it any more; true when it is gone. */
async function isEmptied(path: string): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    return systemCode(error) === 'ENOENT'
  }
}

async function look(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

function ownerOf(stats: Stats): Owner | null {
  return stats.uid === 0 ? null : { uid: stats.uid, gid: stats.gid }
}

/** The tools work with open folders, so no path is too long for them. Answers what they complained. */
function run([program = '', ...args]: readonly string[], user: Owner | null): Promise<string> {
  return new Promise(resolve => {
    const child = spawn(program, args, {
      ...(user ?? {}),
      cwd: '/',
      env: { PATH: SYSTEM_PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < MOST_SAID) said += chunk.toString().slice(0, MOST_SAID)
    })
    child.once('error', error => resolve(error.message))
    child.once('close', () => resolve(said.trim()))
  })
}
