/** CPU time of other processes, where the system tells it cheaply. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts it in ticks of 10 ms for programs, whatever the kernel's own (man 5 proc, CLK_TCK). */
const TICK_SECONDS = 0.01

/** Seconds of user and system time of these processes and, with their ended ones, their children; null off Linux. */
export function cpuSeconds(pid: number): number | null {
  if (process.platform !== 'linux') return null
  const own = statOf(pid)
  if (own === null) return null
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => statOf(Number(name)))
    .filter(stat => stat?.parent === pid)
  const living = children.reduce((sum, child) => sum + (child?.ticks ?? 0), 0)
  return (own.ticks + own.endedChildren + living) * TICK_SECONDS
}

function statOf(pid: number) {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It has ended meanwhile; its parent counts it then.
    return null
  }
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = text
    .slice(text.lastIndexOf(') ') + 2)
    .split(' ')
    .map(Number)
  const [, parent = 0] = fields
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11)
  return { parent, ticks: user + system, endedChildren: endedUser + endedSystem }
}
