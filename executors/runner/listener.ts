/**
 * Who holds the app's port on this machine. While the app is away a run could take its place there
 * and be handed the tokens of others; a port held by a run's user is therefore nobody we talk to.
 */
import { readFileSync } from 'node:fs'

/** User ids of runs on this machine. */
export interface RunUids {
  readonly first: number
  readonly count: number
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const
/** State LISTEN in the kernel's tables (man page proc(5), /proc/net/tcp). */
const LISTEN = '0A'

/** Whether a run's user listens where this address of ours leads; only loopback can be taken so. */
export function isHeldByRun(url: string, uids: RunUids): boolean {
  const { hostname, port, protocol } = new URL(url)
  if (!/^(127\.|localhost$|\[::1\]$)/.test(hostname)) return false
  const wanted = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  return TABLES.some(table =>
    listenersOf(read(table), wanted).some(uid => uid >= uids.first && uid < uids.first + uids.count)
  )
}

/** User ids of those that listen on a port, by the kernel's table. */
export function listenersOf(table: string, port: number): readonly number[] {
  return table.split('\n').flatMap(line => {
    const [, local = '', , state, , , , uid] = line.trim().split(/\s+/)
    const own = Number.parseInt(local.split(':')[1] ?? '', 16)
    return state === LISTEN && own === port ? [Number(uid)] : []
  })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Another system than Linux: there runs have no users of their own either.
    return ''
  }
}
