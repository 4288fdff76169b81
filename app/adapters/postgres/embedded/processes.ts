/** Which process is which: a pid alone comes back after a restart of the machine or container. */

import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { pid as ownPid, platform } from 'node:process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { codeOf } from '#app/adapters/postgres/failure.ts'

const run = promisify(execFile)

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, as the system says it; opaque, only compared. */
  readonly started: string
}

const Identity = z.object({ pid: z.int().positive(), started: z.string().min(1) })

/** The living process of this pid, or null; a zombie counts as dead. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const started = platform === 'linux' ? await startedLinux(pid) : await startedElsewhere(pid)
  return started === null ? null : { pid, started }
}

/** This very process. */
export async function identifySelf(): Promise<ProcessIdentity> {
  return (await identify(ownPid)) ?? { pid: ownPid, started: 'unknown' }
}

/** Whether the process that was written down still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.started === identity.started
}

/** Reads what `JSON.stringify` made of an identity; null for anything else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  try {
    return Identity.safeParse(JSON.parse(text)).data ?? null
  } catch {
    // A file cut short by a full disk or a crash names no process.
    return null
  }
}

/** The folder a process works in; null when it is gone or the system does not tell us. */
export async function workingFolder(pid: number): Promise<string | null> {
  if (platform !== 'linux') return null
  return readlink(`/proc/${pid}/cwd`).catch(() => null)
}

/** The program's name as `ps` shows it; null when the process is gone. */
export async function programName(pid: number): Promise<string | null> {
  return ps(pid, 'comm=')
}

/** Sends a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
    throw error
  }
}

async function startedLinux(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  // proc_pid_stat(5): the name in brackets may hold blanks; state is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  // Ticks count from the boot, so they need the boot's own id beside them.
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${boot.trim()}:${fields[19]}`
}

async function startedElsewhere(pid: number): Promise<string | null> {
  const state = await ps(pid, 'stat=')
  return state === null || state.startsWith('Z') ? null : ps(pid, 'lstart=')
}

async function ps(pid: number, field: string): Promise<string | null> {
  // ps ends with 1 when there is no such process.
  const answer = await run('ps', ['-o', field, '-p', String(pid)]).catch(() => null)
  const text = answer?.stdout.trim() ?? ''
  return text === '' ? null : text
}
