/** Looks at every process of the machine without holding up the host: each look may meet thousands. */
import { readdir, readFile } from 'node:fs/promises'

/** So many files are read at once; the thread pool is shared with every other run's disk work. */
const AT_ONCE = 8

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
export async function userOf(pid: number): Promise<number | null> {
  const status = await read(`/proc/${pid}/status`)
  const state = /^State:\s+(\w)/m.exec(status)?.[1]
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1]
  return uid === undefined || isOver(state) ? null : Number(uid)
}

/** The values of `HOME` that a live process was started with; null when there is none to be seen. */
export async function homesOf(pid: number): Promise<readonly string[] | null> {
  const variables = (await read(`/proc/${pid}/environ`)).split('\0')
  const homes = variables.filter(variable => variable.startsWith('HOME='))
  if (homes.length === 0) return null
  // The second field is the program's name in brackets and may hold anything (proc(5)).
  const stat = await read(`/proc/${pid}/stat`)
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

async function scan<T>(
  traitOf: (pid: number) => Promise<T | null>
): Promise<readonly Process<T>[]> {
  const left = await pids()
  const found: Process<T>[] = []
  const work = async (): Promise<void> => {
    for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
      const trait = await traitOf(pid)
      if (trait !== null) found.push({ pid, trait })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

async function pids(): Promise<number[]> {
  try {
    return (await readdir('/proc')).filter(name => /^[0-9]+$/.test(name)).map(Number)
  } catch {
    // Not Linux: groups are all we can end there.
    return []
  }
}

/** A zombie has ended; without a state it is gone altogether. */
function isOver(state: string | undefined): boolean {
  return state === undefined || state === 'Z' || state === 'X'
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    // The process ended meanwhile, or it is not ours to read.
    return ''
  }
}
