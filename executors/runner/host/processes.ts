/** Ending processes: by group, by user, and by the home that stands in their environment. */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fail } from '#executors/runner/failure.ts'
import { homesOf, processHomes, processUsers, userOf } from './process-scan.ts'

/** For so long we try; a process that hangs in the kernel needs longer, and a later call. */
const TRY_MS = 5_000
/** A chain of forks can hide from one look; from so many in a row, after a kill of all, none does. */
const CLEAN_LOOKS = 3
const BETWEEN_MS = 20
const KILLER_MS = 1_000

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

/**
 * KILL to everything that belongs, until several looks in a row find nothing. Throws
 * EXECUTOR_UNAVAILABLE when something is still there after 5 s: the caller must not go on as if not.
 */
export async function endAll(belongings: Belongings): Promise<void> {
  const groups = belongings.groups.filter(mayEnd)
  const user = ownUser(belongings.uid)
  let swept = user === null
  let clean = 0
  for (const end = Date.now() + TRY_MS; ; await delay(BETWEEN_MS)) {
    for (const { pid } of groups) kill(-pid)
    if (user !== null && !swept) swept = await killEvery(user)
    const left = await find(belongings)
    for (const pid of left) if (belongs(pid, belongings)) kill(pid)
    clean = swept && left.length === 0 ? clean + 1 : 0
    if (clean === CLEAN_LOOKS) return
    if (left.length > 0) swept = user === null
    if (clean === 0 && Date.now() > end) {
      const which = left.length === 0 ? 'they come and go' : `still there: ${left.join(', ')}`
      throw fail('EXECUTOR_UNAVAILABLE', `ending the processes of an attempt: ${which}`)
    }
  }
}

/** User ids under which any process lives now. */
export async function usersWithProcesses(): Promise<ReadonlySet<number>> {
  return new Set((await processUsers()).map(({ trait }) => trait))
}

/** Killers under way: they run as the user whose processes they end. */
const killers = new Set<number>()

/** Ids of the live processes that belong. */
async function find({ uid, home }: Belongings): Promise<readonly number[]> {
  const all = hasUser(uid)
    ? (await processUsers()).filter(({ trait }) => trait === uid)
    : (await processHomes()).filter(({ trait }) => trait.includes(home))
  return all.map(({ pid }) => pid).filter(pid => pid !== process.pid && !killers.has(pid))
}

/** Asked right before a kill: the look is a while ago, and agents can use up process ids fast. */
function belongs(pid: number, { uid, home }: Belongings): boolean {
  if (hasUser(uid)) return userOf(pid) === uid
  return homesOf(pid)?.includes(home) === true
}

function hasUser(uid: number | null): boolean {
  return uid !== null && uid !== 0
}

/** The attempt's own user, when we may act as one; never root and never ourselves. */
function ownUser(uid: number | null): number | null {
  return uid !== null && Number.isInteger(uid) && uid > 0 && process.geteuid?.() === 0 ? uid : null
}

/**
 * One kill(-1) by a process of that user: the kernel ends all its processes in one step, between
 * which nothing can fork, and spares the caller (kill(2)). False when it could not be done.
 */
function killEvery(uid: number): Promise<boolean> {
  return new Promise(resolve => {
    const killer = spawn('/bin/sh', ['-c', 'kill -9 -1 2>/dev/null; exit 0'], {
      uid,
      gid: uid,
      cwd: '/',
      env: {},
      stdio: 'ignore',
      // The agent may stop or kill it; then it is tried again.
      timeout: KILLER_MS,
      killSignal: 'SIGKILL'
    })
    const { pid } = killer
    if (pid !== undefined) killers.add(pid)
    const done = (killed: boolean): void => {
      if (pid !== undefined) killers.delete(pid)
      resolve(killed)
    }
    killer.once('error', () => done(false))
    killer.once('exit', code => done(code === 0))
  })
}

/** The first process may have ended while its group lives; a group id stays taken as long as it does. */
function mayEnd(seen: Seen): boolean {
  const start = startOf(seen.pid)
  return start === null || start === seen.start
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
