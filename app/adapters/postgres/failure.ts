/** Reads errors of Node, pg and knex; `instanceof` misses those made in another realm, as under Jest. */
import { isNativeError } from 'node:util/types'

/** Node's error code (`ECONNREFUSED`) or the SQLSTATE (`23505`); '' when there is none. */
export function codeOf(error: unknown): string {
  const code = isNativeError(error) && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

/** What the error says, never empty. */
export function messageOf(error: unknown): string {
  if (!isNativeError(error)) return String(error)
  // A host name with several addresses fails with one error for each and an empty message.
  return error.message === '' ? codeOf(error) || error.name : error.message
}
