/** Failures inside the runner's programs: they may import only types from core, so they have a class of their own. */
import type { ErrorCode } from '#app/core/errors.ts'

/** A failure with a code of the app's catalogue; it crosses a socket as `{ code, message }`. */
export class RunnerFailure extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'RunnerFailure'
    this.code = code
  }
}

export function fail(code: ErrorCode, message: string, cause?: unknown): RunnerFailure {
  return new RunnerFailure(code, message, { cause })
}

/** The system's word for what went wrong (`ENOSPC`, `ECONNREFUSED`), or null. */
export function systemCode(error: unknown): string | null {
  // Not by instanceof: errors of Node's own modules may come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

/** One sentence for people; a full disk is named as such. */
export function describe(error: unknown): string {
  if (systemCode(error) === 'ENOSPC') {
    return `no space left on the runner's disk (${messageOf(error)}); free some and start the run again`
  }
  return messageOf(error)
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error)
  return String(error.message)
}
