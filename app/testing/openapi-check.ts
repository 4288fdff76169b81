/** Holds calls and answers of a REST API against GitHub's published description. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { Exchange } from '#app/sandbox/exchange.ts'
import {
  type FoundOperation,
  findOperation,
  readDescription
} from '#app/sandbox/openapi/description.ts'
import { DEVIATIONS } from './openapi-deviations.ts'

export interface OpenApiCheck {
  /** For `startSandbox({ observe })`. */
  readonly observe: (exchange: Exchange) => void
  /** What did not fit so far, each kind once. */
  readonly violations: () => readonly Violation[]
  /** Throws when something did not fit. */
  assertNone(): void
}

export interface Violation {
  /** `METHOD /path` of the description; the path as called when it has none for it. */
  readonly operation: string
  /** Which part of the call: `query`, `request`, `status`, `200 /labels/0/color`. */
  readonly where: string
  readonly message: string
}

/**
 * `badRequests`: 'refused' lets a request through that does not fit when it was answered with 4xx, as
 * tests of refusals send them; 'never' is for the product, which has no reason to send any.
 */
export function createOpenApiCheck(badRequests: 'refused' | 'never'): OpenApiCheck {
  const found = new Map<string, Violation>()
  return {
    observe(exchange) {
      for (const violation of judge(exchange, badRequests)) {
        const { operation, where, message } = violation
        if (!isDeviation(violation)) found.set(`${operation} ${where} ${message}`, violation)
      }
    },
    violations: () => [...found.values()],
    assertNone() {
      if (found.size === 0) return
      const lines = [...found.values()].map(one => `${one.operation}: ${one.where}: ${one.message}`)
      const source = readDescription().source
      throw new Error(
        `${lines.length} things do not fit GitHub's description (${source}):\n${lines.slice(0, MOST_LINES).join('\n')}`
      )
    }
  }
}

function isDeviation({ operation, where, message }: Violation): boolean {
  return DEVIATIONS.some(
    one => one.operation === operation && one.finding.test(`${where}: ${message}`)
  )
}

/** Everything about one call that does not fit the description. */
export function judge(exchange: Exchange, badRequests: 'refused' | 'never'): readonly Violation[] {
  const { method, path, status } = exchange
  const operation = findOperation(method, path)
  const refused = status >= 400 && status < 500
  if (operation === null) {
    if (refused && badRequests === 'refused') return []
    const message = 'the slice has no such operation; add it to app/sandbox/openapi/operations.ts'
    return [{ operation: `${method} ${path}`, where: 'path', message }]
  }
  const request = refused && badRequests === 'refused' ? [] : judgeRequest(exchange, operation)
  return [...request, ...judgeAnswer(exchange, operation)]
}

function judgeRequest(
  exchange: Exchange,
  { name, operation, params }: FoundOperation
): Violation[] {
  const query = Object.fromEntries(exchange.query)
  const found = [
    ...complaints(name, 'path', compiled(name, 'params')(params), params),
    ...complaints(name, 'query', compiled(name, 'query')(query), query)
  ]
  const { sent } = exchange
  if (sent === undefined) {
    const missing = operation.body?.required === true
    return missing ? [...found, { operation: name, where: 'request', message: 'no body' }] : found
  }
  if (operation.body === null) {
    return [...found, { operation: name, where: 'request', message: 'a body where none is taken' }]
  }
  return [...found, ...complaints(name, 'request', compiled(name, 'body')(sent), sent)]
}

/**
 * Statuses that GitHub may give to any call, which the description names for some only. Docs:
 * "Troubleshooting the REST API", "Best practices for using the REST API" (304), "Rate limits for
 * the REST API" (403, 429).
 */
const ANYWHERE = new Set([304, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504])

function judgeAnswer(exchange: Exchange, { name, operation }: FoundOperation): Violation[] {
  const { status, answered } = exchange
  const schema = operation.responses[String(status)]
  if (schema === undefined && !ANYWHERE.has(status)) {
    const known = Object.keys(operation.responses).join(', ')
    return [{ operation: name, where: 'status', message: `${status} is not one of ${known}` }]
  }
  const where = String(status)
  if (answered === undefined) return []
  if (schema === null && status < 400) {
    return [{ operation: name, where, message: 'a body where there is none' }]
  }
  // Where the description is silent about a refusal, it has GitHub's usual body.
  const part = schema === undefined || schema === null ? 'error' : where
  return complaints(name, where, compiled(name, part)(answered), answered)
}

const MOST_LINES = 40

type Verdict = readonly ErrorObject[] | null
type Judge = (value: unknown) => Verdict

function complaints(
  operation: string,
  where: string,
  verdict: Verdict,
  value: unknown
): Violation[] {
  return (verdict ?? []).map(error => {
    const { instancePath, message = 'does not fit', params } = error
    const shown = JSON.stringify(at(value, instancePath))?.slice(0, 80) ?? 'nothing'
    const more = 'additionalProperty' in params ? ` (${params.additionalProperty})` : ''
    return {
      operation,
      where: `${where} ${instancePath.replaceAll(/\/\d+(?=\/|$)/g, '/*')}`.trim(),
      message: `${message}${more}${isObject(at(value, instancePath)) ? '' : `, it is ${shown}`}`
    }
  })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function at(value: unknown, pointer: string): unknown {
  let inner = value
  for (const key of pointer.split('/').slice(1)) {
    inner = (inner as Record<string, unknown> | null)?.[key.replaceAll('~1', '/')]
  }
  return inner
}

interface Compiler {
  readonly bodies: Ajv
  /** For what stands in an address: "30" is a number there. */
  readonly texts: Ajv
}

let compiler: Compiler | null = null
const judges = new Map<string, Judge>()

/** `part`: 'params', 'query', 'body', 'error' or a status. Compiled at first use, then kept. */
function compiled(operation: string, part: string): Judge {
  const key = `${operation} ${part}`
  const known = judges.get(key)
  if (known !== undefined) return known
  compiler ??= createCompiler()
  const index = Object.keys(readDescription().operations).indexOf(operation)
  const pointer = part === 'error' ? 'schemas/basic-error' : `operations/${index}/${part}`
  const ajv = part === 'params' || part === 'query' ? compiler.texts : compiler.bodies
  const validate = ajv.getSchema(`github#/${pointer}`) as ValidateFunction | undefined
  if (validate === undefined) throw new Error(`reading the slice: it has no ${pointer}`)
  const judge: Judge = value => (validate(value) ? null : (validate.errors ?? []))
  judges.set(key, judge)
  return judge
}

function createCompiler(): Compiler {
  const { operations, schemas } = readDescription()
  const parts = Object.values(operations).map(({ parameters, body, responses }) => {
    const object = (where: 'path' | 'query') => {
      const mine = parameters.filter(one => one.in === where)
      return {
        type: 'object',
        properties: Object.fromEntries(mine.map(one => [one.name, one.schema])),
        required: mine.filter(one => one.required).map(one => one.name),
        additionalProperties: false
      }
    }
    return { params: object('path'), query: object('query'), body: body?.schema, ...responses }
  })
  const make = (coerceTypes: boolean): Ajv => {
    // One schema is one function: inlined, GitHub's repositories would be compiled a hundred times.
    const ajv = new Ajv({ strict: false, allErrors: true, inlineRefs: false, coerceTypes })
    formats.default(ajv)
    ajv.addFormat('repo.nwo', /^[^/]+\/[^/]+$/)
    return ajv.addSchema({ $id: 'github', operations: parts, schemas })
  }
  return { bodies: make(false), texts: make(true) }
}
