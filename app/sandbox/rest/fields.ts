/** Reads the fields of a request body the way GitHub's schema check does. */
import { invalidRequest } from '#app/sandbox/refusal.ts'

export interface Fields {
  has(name: string): boolean
  text(name: string): string | undefined
  /** null is a value of its own here: "take it away". */
  textOrNull(name: string): string | null | undefined
  requiredText(name: string): string
  flag(name: string): boolean | undefined
  integer(name: string): number | undefined
  texts(name: string): readonly string[] | undefined
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined
  object(name: string): Fields | undefined
  objects(name: string): readonly Fields[] | undefined
  all(): Readonly<Record<string, unknown>>
}

/** Wraps a body; 422 when it is no object, and for each field that is of another type. */
export function fieldsOf(body: unknown, at = ''): Fields {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw invalidRequest(
      `For '${at === '' ? 'links/0/schema' : at}', ${show(body)} is not an object.`
    )
  }
  const values: Readonly<Record<string, unknown>> = { ...(body ?? {}) }
  const wrong = (name: string, kind: string): never => {
    throw invalidRequest(`For '${at}/${name}', ${show(values[name])} is not ${kind}.`)
  }
  const text = (name: string): string | undefined => {
    const value = values[name]
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : wrong(name, 'a string')
  }
  const list = (name: string): readonly unknown[] | undefined => {
    const value = values[name]
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) ? value : wrong(name, 'an array')
  }
  return {
    has: name => values[name] !== undefined,
    text,
    textOrNull: name => (values[name] === null ? null : text(name)),
    requiredText(name) {
      const value = text(name)
      if (value === undefined) throw invalidRequest(`"${name}" wasn't supplied.`)
      return value
    },
    flag(name) {
      const value = values[name]
      if (value === undefined || value === null) return undefined
      return typeof value === 'boolean' ? value : wrong(name, 'a boolean')
    },
    integer(name) {
      const value = values[name]
      if (value === undefined || value === null) return undefined
      if (typeof value === 'number' && Number.isInteger(value)) return value
      return wrong(name, 'an integer')
    },
    texts(name) {
      return list(name)?.map((item, index) => {
        if (typeof item === 'string') return item
        throw invalidRequest(`For '${at}/${name}/${index}', ${show(item)} is not a string.`)
      })
    },
    oneOf(name, allowed) {
      const value = text(name)
      if (value === undefined) return undefined
      const found = allowed.find(one => one === value)
      if (found !== undefined) return found
      throw invalidRequest(
        `For '${at}/${name}', ${show(value)} is not a member of ${JSON.stringify(allowed)}.`
      )
    },
    object: name =>
      values[name] === undefined || values[name] === null
        ? undefined
        : fieldsOf(values[name], `${at}/${name}`),
    objects: name => list(name)?.map((item, index) => fieldsOf(item, `${at}/${name}/${index}`)),
    all: () => values
  }
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nil').slice(0, 200)
}
