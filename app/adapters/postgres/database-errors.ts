/** What an error of the database means to a caller: try again, a lost race, or nobody there. */
import { isNativeError } from 'node:util/types'
import { AppError } from '#app/core/errors.ts'
import { codeOf, messageOf } from './failure.ts'

/** SQLSTATEs (PostgreSQL manual, appendix A "Error Codes"). */
const UNIQUE_VIOLATION = '23505'
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'

/** The server goes, comes, or is full (class 08 beside); and what Node says when there is nobody at the address. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH'
])

/** Errors of pg and knex that have no code; knex puts the statement and a dash before them. */
const NO_CONNECTION_MESSAGE =
  /(?:^| - )(?:Connection (?:terminated|ended)|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Knex: Timeout acquiring a connection|Unable to acquire a connection)/

/** True when a transaction lost against another one and may simply be tried again. */
export function isContention(error: unknown): boolean {
  const code = codeOf(error)
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED
}

/** True when the statement would have broken this unique index. */
export function isDuplicate(error: unknown, index: string): boolean {
  return (
    codeOf(error) === UNIQUE_VIOLATION &&
    isNativeError(error) &&
    'constraint' in error &&
    error.constraint === index
  )
}

/** Runs `work`; a lost or missing connection becomes DATABASE_UNREACHABLE, all else passes. */
export async function reaching<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError || !isUnreachable(error)) throw error
    throw new AppError('DATABASE_UNREACHABLE', `${doing}: no connection to the database`, {
      cause: error
    })
  }
}

function isUnreachable(error: unknown): boolean {
  // A host name with several addresses fails with one error for each.
  if (isNativeError(error) && 'errors' in error && Array.isArray(error.errors)) {
    return error.errors.some(isUnreachable)
  }
  const code = codeOf(error)
  return (
    NO_CONNECTION.has(code) || /^08...$/.test(code) || NO_CONNECTION_MESSAGE.test(messageOf(error))
  )
}
