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

/** pino on stderr; every line passes the redactor on its way out. */
export function createLog(options: LogOptions): Log {
  const hooks = { streamWrite: options.redact }
  const base = { level: options.level, base: undefined, hooks }
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
