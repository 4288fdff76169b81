/** Who the server runs as: Postgres refuses root, so root starts it as `nobody`. */
import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { getuid } from 'node:process'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Uid and gid of `nobody`, there on every system without anyone creating it (decisions 26). */
const NOBODY: Account = { uid: 65534, gid: 65534 }

/** The account to start Postgres as; null: our own, because we are not root. */
export function serverAccount(): Account | null {
  return getuid?.() === 0 ? NOBODY : null
}

/**
 * The first folder on the way to `path` (included) that this account may not pass through, or null.
 * Goes by the mode bits; an ACL that grants more is not seen.
 */
export async function firstClosed(path: string, account: Account | null): Promise<string | null> {
  if (account === null) return null
  const chain: string[] = []
  for (let at = await realpath(path); ; at = dirname(at)) {
    chain.unshift(at)
    if (at === dirname(at)) break
  }
  for (const folder of chain) {
    if (!(await allows(folder, account, 0o1))) return folder
  }
  return null
}

/** Whether the mode bits grant the account `bits` (4 read, 1 execute or pass) on this path. */
export async function allows(path: string, account: Account, bits: number): Promise<boolean> {
  const facts = await stat(path)
  if (facts.uid === account.uid) return ((facts.mode >> 6) & bits) === bits
  if (facts.gid === account.gid) return ((facts.mode >> 3) & bits) === bits
  return (facts.mode & bits) === bits
}

/** Whether a real folder, not a link, that belongs to us and that nobody else may write. */
export async function isOurFolder(path: string): Promise<boolean> {
  const facts = await lstat(path)
  return facts.isDirectory() && facts.uid === getuid?.() && (facts.mode & 0o022) === 0
}
