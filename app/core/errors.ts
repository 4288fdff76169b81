/** Every failure we can name: the HTTP status it answers with, and whether a worker should try again. */
const ERRORS = {
  CONFIG_INVALID: { status: 500, retry: false },
  DATABASE_UNREACHABLE: { status: 503, retry: true },
  DATABASE_START: { status: 503, retry: false },
  SCHEMA_BEHIND: { status: 503, retry: false },
  SCHEMA_AHEAD: { status: 503, retry: false },
  DELIVERY_INVALID: { status: 400, retry: false },
  DELIVERY_SIGNATURE: { status: 401, retry: false },
  DELIVERY_TOO_LARGE: { status: 413, retry: false },
  DELIVERY_TYPE: { status: 415, retry: false },
  DELIVERY_STORE: { status: 503, retry: true },
  PAYLOAD_UNREADABLE: { status: 422, retry: false },
  INVALID_ARGUMENT: { status: 400, retry: false },
  UNAUTHORIZED: { status: 401, retry: false },
  FORBIDDEN: { status: 403, retry: false },
  NOT_FOUND: { status: 404, retry: false },
  CONFLICT: { status: 409, retry: false },
  TOO_LARGE: { status: 413, retry: false },
  FAILED_PRECONDITION: { status: 412, retry: false },
  FENCED: { status: 409, retry: false },
  RUN_NOT_FOUND: { status: 404, retry: false },
  AGENT_MISSING: { status: 412, retry: false },
  AGENT_UNKNOWN: { status: 412, retry: false },
  EXECUTOR_UNAVAILABLE: { status: 503, retry: true },
  NOT_ISOLATED: { status: 412, retry: false },
  BUNDLE_INVALID: { status: 422, retry: false },
  BRANCH_TAKEN: { status: 409, retry: false },
  GIT: { status: 502, retry: true },
  GITHUB_UNAVAILABLE: { status: 502, retry: true },
  GITHUB_REFUSED: { status: 502, retry: false },
  GITHUB_LIMIT: { status: 503, retry: true },
  MODEL_UNAVAILABLE: { status: 502, retry: true },
  INTERNAL: { status: 500, retry: true }
} as const satisfies Record<string, { status: number; retry: boolean }>

/** A code of the catalogue; the same word stands in logs, problem documents and audit rows. */
export type ErrorCode = keyof typeof ERRORS

/**
 * A failure with a name. The message says what we were doing, in lower case; the cause is kept for
 * the log. `fields` are shown to people (paths, labels, limits) and must hold no secret.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly fields?: Readonly<Record<string, unknown>> } = {}
  ) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.fields = options.fields ?? {}
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retry(): boolean {
    return ERRORS[this.code].retry
  }
}

/** True for an AppError of this code; the usual question of a catch block. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof AppError && error.code === code
}
