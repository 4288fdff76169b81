/** Reads the committed slice of GitHub's REST description, and finds the operation of a call. */
import { readFileSync } from 'node:fs'

/** A JSON Schema (draft 7); `$ref` is `#/schemas/NAME` of the slice. */
export type Schema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  /** 'many': it holds slashes, as the path of a file does. */
  readonly segments?: 'many'
  readonly schema: Schema
}

export interface Operation {
  readonly parameters: readonly Parameter[]
  readonly body: { readonly required: boolean; readonly schema: Schema } | null
  /** By status; null when the answer has no JSON body. */
  readonly responses: Readonly<Record<string, Schema | null>>
}

export interface Description {
  /** Package and version it was cut from. */
  readonly source: string
  /** By `METHOD /path`. */
  readonly operations: Readonly<Record<string, Operation>>
  readonly schemas: Readonly<Record<string, Schema>>
}

let read: Description | null = null

/** The slice; parsed once. */
export function readDescription(): Description {
  read ??= JSON.parse(readFileSync(new URL('./github.json', import.meta.url), 'utf8'))
  return read as Description
}

export interface FoundOperation {
  /** `METHOD /path` with the names of the parameters. */
  readonly name: string
  readonly operation: Operation
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
}

/**
 * The operation of a call; null when the slice has none. Of several the one with fewest parameters.
 * `path` is not decoded. `/contents` is `/contents/{path}` with nothing for the path, as its docs say.
 */
export function findOperation(method: string, path: string): FoundOperation | null {
  for (const { name, pattern, names } of matchers()) {
    const found = name.startsWith(`${method} `) ? pattern.exec(path) : null
    const operation = readDescription().operations[name]
    if (found === null || operation === undefined) continue
    const params = names.map((one, index) => [one, decode(found[index + 1] ?? '')])
    return { name, operation, params: Object.fromEntries(params) }
  }
  return null
}

interface Matcher {
  readonly name: string
  readonly pattern: RegExp
  readonly names: readonly string[]
}

let made: readonly Matcher[] | null = null

function matchers(): readonly Matcher[] {
  made ??= Object.entries(readDescription().operations)
    .map(([name, operation]) => matcher(name, operation))
    .sort((a, b) => a.names.length - b.names.length || b.name.length - a.name.length)
  return made
}

function matcher(name: string, operation: Operation): Matcher {
  const names: string[] = []
  const path = name.slice(name.indexOf(' ') + 1)
  const source = path.split(/(\{\w+\})/).map(part => {
    if (!part.startsWith('{')) return part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    const parameter = operation.parameters.find(one => `{${one.name}}` === part)
    names.push(part.slice(1, -1))
    return parameter?.segments === 'many' ? '(.*)' : '([^/]+)'
  })
  const pattern = source.join('').replace(/\/\(\.\*\)$/, '(?:/(.*))?')
  return { name, names, pattern: new RegExp(`^${pattern}$`) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign is not ours to repair; the schema judges what was sent.
    return text
  }
}
