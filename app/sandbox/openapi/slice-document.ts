/** Cuts the operations we use out of GitHub's OpenAPI description, in a form that a JSON Schema checker takes. */
import type { Description, Operation, Parameter, Schema } from './description.ts'

interface Json {
  readonly [key: string]: unknown
}

/** Words for people and for code generators; none of them changes what fits. */
const NOTES = new Set([
  'title',
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'deprecated',
  'discriminator',
  'readOnly',
  'default',
  'tags'
])
/** Their values are named by people: a property may well be called "description". */
const MAPS = new Set(['properties', 'patternProperties'])
const COMPONENT = '#/components/schemas/'

/**
 * `operations` are `METHOD /path` as the description writes paths. Throws for one that it lacks.
 * `nullable` (OpenAPI 3.0) becomes `anyOf` with null, `oneOf` becomes `anyOf` (GitHub lists kinds of
 * answers that overlap, so that one answer fits several), and names become `#/schemas/NAME`.
 */
export function sliceDocument(
  document: unknown,
  operations: readonly string[],
  source: string
): Description {
  const whole = document as Json
  const needed = new Set<string>()
  const read = (schema: unknown): Schema => rewrite(schema, needed)
  const kept: Record<string, Operation> = {}
  for (const name of [...operations].sort()) {
    const [method = '', path = ''] = name.split(' ')
    const found = at(whole, 'paths', path, method.toLowerCase())
    if (found === undefined) throw new Error(`slicing ${source}: it has no operation ${name}`)
    kept[name] = readOperation(whole, object(found), read)
  }
  const schemas: Record<string, Schema> = {}
  // A set hands out what is added while it is walked: every schema that a kept one names.
  for (const name of needed) schemas[name] = read(at(whole, 'components', 'schemas', name))
  return { source, operations: kept, schemas: sorted(schemas) }
}

function readOperation(whole: Json, found: Json, read: (schema: unknown) => Schema): Operation {
  const parameters = list(found.parameters).map(one => resolve(whole, one))
  const body = found.requestBody === undefined ? null : resolve(whole, found.requestBody)
  const responses = Object.entries(object(found.responses)).map(([status, given]) => {
    const schema = jsonSchema(resolve(whole, given))
    return [status, schema === undefined ? null : read(schema)] as const
  })
  const schema = body === null ? undefined : jsonSchema(body)
  return {
    parameters: parameters.flatMap(one => readParameter(one, read)),
    body: schema === undefined ? null : { required: body?.required === true, schema: read(schema) },
    responses: Object.fromEntries(responses)
  }
}

function readParameter(given: Json, read: (schema: unknown) => Schema): readonly Parameter[] {
  const where = given.in
  if (where !== 'path' && where !== 'query') return []
  return [
    {
      name: String(given.name),
      in: where,
      required: given.required === true,
      // Octokit's own mark: the value holds slashes.
      ...(given['x-multi-segment'] === true ? { segments: 'many' as const } : {}),
      schema: read(given.schema)
    }
  ]
}

function jsonSchema(body: Json): unknown {
  const content = object(body.content)
  return object(content['application/json'] ?? content['application/scim+json']).schema
}

function rewrite(given: unknown, needed: Set<string>): Schema {
  if (Array.isArray(given)) return given.map(one => rewrite(one, needed)) as unknown as Schema
  if (typeof given !== 'object' || given === null) return given as Schema
  const from = given as Json
  if (typeof from.$ref === 'string') return { $ref: rename(from.$ref, needed) }
  const to: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(from)) {
    if (NOTES.has(key) || key.startsWith('x-') || key === 'nullable') continue
    if (key === 'enum' || key === 'required') to[key] = value
    else if (key === 'oneOf') to.anyOf = rewrite(value, needed)
    else if (MAPS.has(key)) to[key] = eachOf(object(value), one => rewrite(one, needed))
    else to[key] = rewrite(value, needed)
  }
  return from.nullable === true ? orNull(to) : to
}

function orNull(schema: Record<string, unknown>): Schema {
  const { enum: values, ...rest } = schema
  const kept = Array.isArray(values) ? { ...rest, enum: values.filter(one => one !== null) } : rest
  return { anyOf: [kept, { type: 'null' }] }
}

function rename(reference: string, needed: Set<string>): string {
  if (!reference.startsWith(COMPONENT)) throw new Error(`slicing: no way to follow ${reference}`)
  const name = reference.slice(COMPONENT.length)
  needed.add(name)
  return `#/schemas/${name}`
}

function resolve(whole: Json, given: unknown): Json {
  const { $ref } = object(given)
  if (typeof $ref !== 'string') return object(given)
  return object(at(whole, ...$ref.replace(/^#\//, '').split('/')))
}

function at(json: unknown, ...path: readonly string[]): unknown {
  let value = json
  for (const key of path) value = object(value)[key]
  return value
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function eachOf(from: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]))
}

function sorted<T>(from: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(from).sort(([a], [b]) => (a < b ? -1 : 1)))
}
