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
