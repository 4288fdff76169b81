/** Can another user of this machine get at a file? Our own folders and node itself may stand below a closed one. */
import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OTHERS_ENTER = 0o001
const OTHERS_READ = 0o004

/** The first folder on the way (or the path itself) that is closed to other users; null when none is. */
export function closedToOthers(path: string, what: 'read' | 'execute' | 'enter'): string | null {
  for (const start of new Set([dirname(path), realpathSync(path)])) {
    const closed = firstClosed(
      start,
      start === path || start === realpathSync(path) ? what : 'enter'
    )
    if (closed !== null) return closed
  }
  return null
}

function firstClosed(path: string, what: 'read' | 'execute' | 'enter'): string | null {
  const needed = what === 'read' ? OTHERS_READ : OTHERS_ENTER
  for (let at = path; ; at = dirname(at)) {
    const bits = at === path ? needed : OTHERS_ENTER
    if ((statSync(at).mode & bits) !== bits) return at
    if (at === dirname(at)) return null
  }
}
