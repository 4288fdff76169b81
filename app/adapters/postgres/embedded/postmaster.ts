/** The server process of a data folder, as its postmaster.pid tells: is it there, is it ours, make it stop. */

import { readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { onConnection } from '#app/adapters/postgres/connection.ts'
import { messageOf } from '#app/adapters/postgres/failure.ts'
import { AppError } from '#app/core/errors.ts'
import type { Cluster } from './cluster.ts'
import { identify, isAlive, programName, signal, workingFolder } from './processes.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** It takes connections. */
  readonly ready: boolean
}

const POLL_MS = 20

/** What stands in postmaster.pid (lines: pid, data folder, start, port, socket folder, address, shared memory, status); null when there is none. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => null)
  if (text === null) return null
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return null
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' }
}

/** Whether this pid is a Postgres that works on this very data folder, and no stranger with its number. */
export async function isServerOf(cluster: Cluster, pid: number): Promise<boolean> {
  if ((await identify(pid)) === null) return false
  if (platform !== 'linux') return (await programName(pid))?.includes('postgres') ?? false
  const data = await realpath(cluster.data).catch(() => cluster.data)
  return (await workingFolder(pid)) === data
}

/**
 * The living server of this folder, once it takes connections, or null. What a dead one left is
 * cleared, but only where its pid belongs to a stranger by now: a plain stale file is for Postgres
 * itself, which also looks whether old sessions still hold the shared memory.
 */
export async function findLiving(
  cluster: Cluster,
  url: (port: number) => string
): Promise<Postmaster | null> {
  const end = Date.now() + 60_000
  for (;;) {
    const found = await readPostmaster(cluster)
    if (found === null) return null
    if (!(await isServerOf(cluster, found.pid))) {
      if ((await identify(found.pid)) !== null) await rm(join(cluster.data, 'postmaster.pid'))
      return null
    }
    if (found.ready) {
      await verify(cluster, url(found.port))
      return found
    }
    if (Date.now() > end) {
      throw new AppError(
        'DATABASE_START',
        `waiting for the postgres of ${cluster.folder} (pid ${found.pid}), which neither takes connections nor ends; look into ${cluster.log}`
      )
    }
    await pause(POLL_MS)
  }
}

/** Connects and asks which folder the server works on. */
export async function verify(cluster: Cluster, url: string): Promise<void> {
  const served = await onConnection(url, async client => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory
  }).catch((cause: unknown) => {
    throw new AppError(
      'DATABASE_START',
      `connecting to the embedded postgres of ${cluster.folder}: ${messageOf(cause)}`,
      { cause }
    )
  })
  const [there, ours] = await Promise.all([served, cluster.data].map(path => realpath(path ?? '')))
  if (there === ours) return
  throw new AppError(
    'DATABASE_START',
    `connecting to the embedded postgres of ${cluster.folder}: another server answers at its port`
  )
}

/** What is asked of Postgres, and for how long before the next: fast, immediate, and the kernel's way. */
const ESCALATION = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000]
] as const

/** Ends the server of this folder, found by its postmaster.pid; nothing to do when none lives. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const found = await readPostmaster(cluster)
  if (found === null || !(await isServerOf(cluster, found.pid))) return
  const identity = await identify(found.pid)
  if (identity === null) return
  for (const [name, patience] of ESCALATION) {
    if (!signal(found.pid, name)) return
    for (const end = Date.now() + patience; Date.now() < end; await pause(POLL_MS)) {
      if (!(await isAlive(identity))) return
    }
  }
  throw new AppError(
    'DATABASE_START',
    `ending the embedded postgres, pid ${found.pid}: it does not end`
  )
}
