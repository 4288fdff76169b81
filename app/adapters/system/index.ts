/** The machine's clock, random source and log, behind ports. */
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import type { Clock, Ids, Log } from '#app/ports/platform.ts'

export const systemClock: Clock = { now: () => new Date() }

const ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789'

export const systemIds: Ids = {
  next: () => Array.from(randomBytes(12), byte => ALPHABET[byte % 32]).join(''),
  token: () => randomBytes(32).toString('base64url')
}

export interface LogOptions {
  readonly level: string
  /** Readable lines on a terminal, JSON otherwise. */
  readonly pretty: boolean
  readonly redact: (text: string) => string
}

interface PlainError {
  readonly type: string
  readonly code?: string
  readonly message: string
  readonly stack?: string
  readonly cause?: PlainError
}

const DEEPEST = 5

/** What a log needs of an error. Drivers hang whole clients on theirs, with addresses and buffers. */
function plainError(error: unknown, depth = 0): PlainError {
  if (typeof error !== 'object' || error === null)
    return { type: typeof error, message: String(error) }
  const { name, code, message, stack, cause } = error as Record<string, unknown>
  return {
    type: String(name ?? 'Error'),
    ...(typeof code === 'string' ? { code } : {}),
    message: String(message ?? ''),
    ...(typeof stack === 'string' && depth === 0 ? { stack } : {}),
    ...(cause === undefined || depth >= DEEPEST ? {} : { cause: plainError(cause, depth + 1) })
  }
}

/** pino on stderr; every line passes the redactor on its way out. */
export function createLog(options: LogOptions): Log {
  const hooks = { streamWrite: options.redact }
  const base = {
    level: options.level,
    base: undefined,
    hooks,
    serializers: { err: (error: unknown) => plainError(error) }
  }
  if (!options.pretty) return pino(base, pino.destination({ fd: 2, sync: true }))
  return pino({
    ...base,
    transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } }
  })
}

/** Whether a process of this machine lives; one of another user lives too. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
