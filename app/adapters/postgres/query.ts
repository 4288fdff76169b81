/** One statement to Postgres with named bindings: the only place where values become bindings. */
import type { Knex } from 'knex'

export type Binding =
  | string
  | number
  | boolean
  | null
  | Buffer
  | readonly string[]
  | readonly number[]

/**
 * Runs one statement with `:name` bindings and returns its rows as `Row`, which the caller states
 * and maps by hand. Do not name a binding like a type that the statement casts to (`::text`): knex
 * would take the cast for the binding.
 */
export async function query<Row>(
  db: Knex,
  sql: string,
  bindings: Readonly<Record<string, Binding>> = {}
): Promise<readonly Row[]> {
  const values: Record<string, Knex.Value> = {}
  for (const [name, value] of Object.entries(bindings)) values[name] = storable(value)
  const { rows } = await db.raw<{ rows: Row[] }>(sql, values)
  return rows
}

/**
 * JSON that a jsonb column accepts. Postgres refuses `\u0000` and half surrogate pairs, and
 * payloads hold both: NUL is dropped, a half pair (an emoji cut in two) becomes U+FFFD.
 */
export function json(value: unknown): string {
  // Escapes are read in pairs, so that an escaped backslash before "u0000" stays what it is;
  // whole surrogate pairs are never escaped by JSON.stringify.
  return JSON.stringify(value).replace(/\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g, (all, code) =>
    code === 'u0000' ? '' : /^u[dD]/.test(code) ? '\\ufffd' : all
  )
}

/** Like `json`; null stays SQL's null. */
export function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : json(value)
}

/** Time of a timestamptz column as ISO text, to the millisecond. */
export function iso(value: Date): string {
  return value.toISOString()
}

export function isoOrNull(value: Date | null): string | null {
  return value === null ? null : value.toISOString()
}

function storable(value: Binding): Knex.Value {
  if (typeof value === 'string') return value.replaceAll('\0', '')
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  return value.map(item => (typeof item === 'string' ? item.replaceAll('\0', '') : item)) as
    | string[]
    | number[]
}
