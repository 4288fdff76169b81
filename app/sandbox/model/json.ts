/** Reading JSON of unknown shape. */

/** A value of unknown JSON as an object; an empty one when it is none. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

/** Its objects; none when it is no list. */
export function listIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(objectIn) : []
}

/** The empty text when it is none. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
