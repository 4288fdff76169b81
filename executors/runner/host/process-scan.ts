/** Looks at every process of the machine without holding up the host: each look may meet thousands. */
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * So many processes are looked at before others get their turn. The kernel answers from memory, in
 * microseconds; through the thread pool the same look would cost ten times the processor's time.
 */
const AT_ONCE = 64

interface Process<T> {
  readonly pid: number
  readonly trait: T
}

/** Live processes with their real user id; zombies are left out. Empty where there is no /proc. */
export const processUsers: () => Promise<readonly Process<number>[]> = shared(() => scan(userOf))

/** Live processes with every `HOME` of their environment, where we may read that. */
export const processHomes: () => Promise<readonly Process<readonly string[]>[]> = shared(() =>
  scan(homesOf)
)

/** The real user id of a live process; null when it is over. */
export function userOf(pid: number): number | null {
  const status = read(`/proc/${pid}/status`)
  const state = /^State:\s+(\w)/m.exec(status)?.[1]
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1]
  return uid === undefined || isOver(state) ? null : Number(uid)
}

/** The values of `HOME` that a live process was started with; null when there is none to be seen. */
export function homesOf(pid: number): readonly string[] | null {
  const variables = read(`/proc/${pid}/environ`).split('\0')
  const homes = variables.filter(variable => variable.startsWith('HOME='))
  if (homes.length === 0) return null
  // The second field is the program's name in brackets and may hold anything (proc(5)).
  const stat = read(`/proc/${pid}/stat`)
  if (isOver(/.*\) (\w)/s.exec(stat)?.[1])) return null
  return homes.map(home => home.slice('HOME='.length))
}

/**
 * Many runs may end at once. Those that ask while a look is under way share the next one: it starts
 * after each of them asked, so it shows what they did before.
 */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return () => {
    if (next !== null) return next
    const mine = last.then(() => {
      next = null
      return look()
    })
    next = mine
    last = mine.catch(() => undefined)
    return mine
  }
}

async function scan<T>(traitOf: (pid: number) => T | null): Promise<readonly Process<T>[]> {
  const found: Process<T>[] = []
  for (const [index, pid] of pids().entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await nextTurn()
    const trait = traitOf(pid)
    if (trait !== null) found.push({ pid, trait })
  }
  return found
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^[0-9]+$/.test(name))
      .map(Number)
  } catch {
    // Not Linux: groups are all we can end there.
    return []
  }
}

/** A zombie has ended; without a state it is gone altogether. */
function isOver(state: string | undefined): boolean {
  return state === undefined || state === 'Z' || state === 'X'
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The process ended meanwhile, or it is not ours to read.
    return ''
  }
}
