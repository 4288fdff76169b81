import { type Finding, fail, ok, warn } from './finding.ts'

const GIB = 1024 ** 3
/** A clone, a bundle and a log of some runs at once fit into this. */
const LEAST_BYTES = GIB
const FEW_BYTES = 5 * GIB

export interface DiskFacts {
  readonly folder: string
  readonly freeBytes: number
  readonly writable: boolean
}

export function diskFinding({ folder, freeBytes, writable }: DiskFacts): Finding {
  const check = 'disk'
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free in ${folder}`
  if (!writable) {
    return fail(check, `${folder} cannot be written`, 'give it to the user that runs Stagewright')
  }
  if (freeBytes < LEAST_BYTES) return fail(check, free, 'make room, or move STAGEWRIGHT_STATE_DIR')
  if (freeBytes < FEW_BYTES) return warn(check, free, 'make room, or move STAGEWRIGHT_STATE_DIR')
  return ok(check, free)
}

/** GitHub refuses an App's token whose `iat` lies more than a minute ahead of its own clock. */
const MOST_SKEW_SECONDS = 30

export function clockFinding(secondsAhead: number): Finding {
  const off = Math.abs(secondsAhead)
  const what = `${off.toFixed(0)} s ${secondsAhead < 0 ? 'behind' : 'ahead of'} GitHub's`
  if (off <= MOST_SKEW_SECONDS) return ok('clock', what)
  return fail(
    'clock',
    what,
    'set this machine’s clock, for example with chrony or systemd-timesyncd'
  )
}

export interface IsolationFacts {
  /** Effective user id of this process; null where the system has none. */
  readonly uid: number | null
  /** User ids for runs, one a live run; only root can use them. */
  readonly runUids: { readonly first: number; readonly count: number }
  /** What the configuration says of runs that share our user; a sandbox needs no more. */
  readonly unisolated: 'refused' | 'allowed' | 'sandbox'
}

/** Without isolation no run starts (NOT_ISOLATED), unless that was allowed (decisions 26). */
export function isolationFinding({ uid, runUids, unisolated }: IsolationFacts): Finding {
  const check = 'isolation'
  if (uid === 0) {
    const last = runUids.first + runUids.count - 1
    return ok(check, `each run gets a user of its own, ${runUids.first} to ${last}`)
  }
  if (unisolated === 'sandbox') return ok(check, 'the sandbox needs none')
  const who = uid === null ? 'this user' : `user ${uid}`
  if (unisolated === 'allowed') {
    const what = `runs belong to ${who} and can read what it can, as STAGEWRIGHT_ALLOW_UNISOLATED allows`
    return warn(check, what, 'start the server as root to give each run a user of its own')
  }
  const fix =
    'start the server as root, and look again as root; or set STAGEWRIGHT_ALLOW_UNISOLATED=true, and agents can read what this user can'
  return fail(check, `no run will start: as ${who} none can get a user of its own`, fix)
}

export interface GitFacts {
  readonly file: string
  /** Its own words, such as `git version 2.39.5`; null when it said nothing. */
  readonly version: string | null
}

/** Major and minor; what docs/guide/install.md asks for. */
const OLDEST_GIT = [2, 38] as const

export function gitFinding(facts: GitFacts | null): Finding {
  const check = 'git'
  const fix = `install git ${OLDEST_GIT.join('.')} or newer, and see that it is on the server's PATH`
  if (facts === null) return fail(check, 'is not on the PATH', fix)
  const [version, major, minor] = /(\d+)\.(\d+)[\w.]*/.exec(facts.version ?? '') ?? []
  if (version === undefined) return fail(check, `${facts.file} names no version`, fix)
  const [wanted, least] = OLDEST_GIT
  const isOld = Number(major) < wanted || (Number(major) === wanted && Number(minor) < least)
  if (isOld) return fail(check, `${facts.file} is ${version}`, fix)
  return ok(check, `version ${version}`)
}
