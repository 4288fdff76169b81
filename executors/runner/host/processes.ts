/** Finding and ending processes: by group, by user, and by the home that stands in their environment. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that was seen: its id alone may be given to another one later. */
export interface Seen {
  readonly pid: number
  readonly start: string | null
}

/** What belongs to an attempt. Groups are only ended while their first process is the one we saw. */
export interface Belongings {
  readonly groups: readonly Seen[]
  /** Every process of this user; null when the user is not the attempt's own. */
  readonly uid: number | null
  /** `HOME` of every process of the attempt: finds those that left their group. */
  readonly home: string
}

export function see(pid: number): Seen {
  return { pid, start: startOf(pid) }
}

/** True while exactly this process lives (a zombie does not). */
export function isAlive(seen: Seen): boolean {
  const start = startOf(seen.pid)
  return start !== null && start === seen.start
}

/** KILL to everything that belongs, again and again until nothing is left, for 5 s at most. */
export async function endAll(belongings: Belongings): Promise<void> {
  const groups = belongings.groups.filter(mayEnd)
  for (const end = Date.now() + 5_000; ; ) {
    for (const { pid } of groups) kill(-pid)
    const left = find(belongings)
    if (left.length === 0) return
    for (const pid of left) kill(pid)
    if (Date.now() > end) return
    await delay(20)
  }
}

/** Ids of the live processes that belong, without zombies. Empty where there is no /proc. */
function find(belongings: Pick<Belongings, 'uid' | 'home'>): readonly number[] {
  const marker = `HOME=${belongings.home}`
  return pids().filter(
    pid =>
      pid !== process.pid &&
      (belongings.uid !== null && belongings.uid !== 0
        ? uidOf(pid) === belongings.uid
        : environmentOf(pid).includes(marker)) &&
      startOf(pid) !== null
  )
}

/** The first process may have ended while its group lives; a group id stays taken as long as it does. */
function mayEnd(seen: Seen): boolean {
  const start = startOf(seen.pid)
  return start === null || start === seen.start
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^[0-9]+$/.test(name))
      .map(Number)
  } catch {
    // Not Linux: groups are all we can end there.
    return []
  }
}

/** Any process of this user that lives now. */
export function userHasProcess(uid: number): boolean {
  return pids().some(pid => uidOf(pid) === uid && startOf(pid) !== null)
}

function uidOf(pid: number): number | null {
  const status = read(`/proc/${pid}/status`)
  const found = status === null ? null : /^Uid:\s+(\d+)/m.exec(status)
  return found === null ? null : Number(found[1])
}

function environmentOf(pid: number): readonly string[] {
  return (read(`/proc/${pid}/environ`) ?? '').split('\0')
}

/** Start time in the system's own words; null when there is no such process or it is a zombie. */
function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return startByPs(pid)
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The second field is the program's name in brackets and may hold anything (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
}

function startByPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    // ps ends with 1 when there is no such process.
    return null
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The process ended meanwhile, or it is not ours to read.
    return null
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
