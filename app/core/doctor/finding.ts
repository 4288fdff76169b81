/** What `stagewright doctor` says: one line a thing looked at. */

export interface Finding {
  /** What was looked at, with dots from general to particular: `permission.checks`, `event.issues`. */
  readonly check: string
  /** `warn` works but should be known; `skipped` could not be looked at because of another line. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped'
  readonly what: string
  /** What to do, an imperative sentence; null when there is nothing to do. */
  readonly fix: string | null
  /** The page where it is done. */
  readonly url: string | null
}

export function ok(check: string, what: string): Finding {
  return { check, status: 'ok', what, fix: null, url: null }
}

export function fail(check: string, what: string, fix: string, url: string | null = null): Finding {
  return { check, status: 'fail', what, fix, url }
}

export function warn(check: string, what: string, fix: string, url: string | null = null): Finding {
  return { check, status: 'warn', what, fix, url }
}

export function skipped(check: string, why: string): Finding {
  return { check, status: 'skipped', what: why, fix: null, url: null }
}
