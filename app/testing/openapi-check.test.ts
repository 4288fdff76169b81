import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Exchange } from '#app/sandbox/exchange.ts'
import { findOperation } from '#app/sandbox/openapi/description.ts'
import { OPERATIONS } from '#app/sandbox/openapi/operations.ts'
import { OFFERED } from '#app/sandbox/rest/index.ts'
import { type GitHubBench, startGitHubBench } from './github-bench.ts'
import { createOpenApiCheck, judge } from './openapi-check.ts'

/** `METHOD /path` of a template, with something in the place of each parameter. */
function operationOf(template: string): string | null {
  const [method = '', path = ''] = template.split(' ')
  const filled = path.replaceAll(/:\w+(\{[^}]*\})?|\$?\{\w+\}/g, 'x')
  return findOperation(method, filled)?.name ?? null
}

describe('operations', () => {
  test('each one that the sandbox offers is in the slice', () => {
    expect(OFFERED.filter(route => operationOf(route) === null)).toEqual([])
  })

  test('each one of the slice is offered by the sandbox', () => {
    const offered = new Set(OFFERED.map(operationOf))
    expect(OPERATIONS.filter(name => !offered.has(name))).toEqual([])
  })

  test('each one that the product calls is in the slice', () => {
    const folder = new URL('../adapters/github/', import.meta.url)
    const routes = readdirSync(folder)
      .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .flatMap(name => [
        ...readFileSync(new URL(name, folder), 'utf8').matchAll(
          /\.(?:request|paginate)\(\s*['"`]([A-Z]+ \/[^'"`]*)['"`]/g
        )
      ])
      .map(([, route = '']) => route)
    expect(routes.length).toBeGreaterThan(20)
    expect(routes.filter(route => operationOf(route) === null)).toEqual([])
  })
})

describe('an exchange', () => {
  let bench: GitHubBench
  const seen: Exchange[] = []
  beforeAll(async () => {
    bench = await startGitHubBench({ observe: exchange => seen.push(exchange) })
    await bench.asOwner('POST', '/issues', { title: 'one', body: 'two' })
    await bench.asOwner('GET', '/issues?state=all&per_page=5')
  })
  afterAll(() => bench.close())

  const posted = (): Exchange => seen.find(one => one.method === 'POST') as Exchange
  const listed = (): Exchange => seen.find(one => one.query.has('state')) as Exchange
  const said = (exchange: Exchange): readonly string[] =>
    judge(exchange, 'never').map(({ where, message }) => `${where}: ${message}`)

  test('that fits is not complained of', () => {
    expect([said(posted()), said(listed())]).toEqual([[], []])
  })

  test.each<readonly [string, (good: Exchange) => Exchange, RegExp]>([
    ['an unknown path', good => ({ ...good, path: '/nothing' }), /^path: .*no such operation/],
    ['an unknown method', good => ({ ...good, method: 'PUT' }), /^path: .*no such operation/],
    [
      'a body that misses a field',
      good => ({ ...good, sent: { body: 'b' } }),
      /^request: must have required property 'title'/
    ],
    [
      'a field of another type',
      good => ({ ...good, sent: { title: 't', labels: 'l' } }),
      /^request \/labels: must be array/
    ],
    ['no body', good => ({ ...good, sent: undefined }), /^request: no body/],
    [
      'an unknown query',
      good => ({ ...good, query: new URLSearchParams('state=all') }),
      /^query: .*\(state\)/
    ],
    [
      'a status of another operation',
      good => ({ ...good, status: 200 }),
      /^status: 200 is not one of 201/
    ],
    [
      'an answer without a field',
      good => ({ ...good, answered: { ...(good.answered as object), number: undefined } }),
      /^201: must have required property 'number'/
    ],
    [
      'an answer with null where there is a value',
      good => ({ ...good, answered: { ...(good.answered as object), title: null } }),
      /^201 \/title: must be string, it is null/
    ]
  ])('with %s is', (_what, spoil, complaint) => {
    expect(said(spoil(posted()))).toEqual(
      expect.arrayContaining([expect.stringMatching(complaint)])
    )
  })

  test('numbers in an address are read as numbers', () => {
    const query = new URLSearchParams('per_page=many')
    expect(said({ ...listed(), query })).toEqual(['query /per_page: must be integer, it is "many"'])
  })

  test('a bad request may be refused, where the test wants that', () => {
    const refused = {
      ...posted(),
      sent: {},
      status: 422,
      answered: { message: 'm', documentation_url: 'u' }
    }
    expect(judge(refused, 'refused')).toEqual([])
    expect(judge(refused, 'never')).toHaveLength(1)
    expect(judge({ ...posted(), sent: {} }, 'refused')).toHaveLength(1)
  })

  test('what was found is thrown at the end, each kind once', () => {
    const check = createOpenApiCheck('never')
    check.assertNone()
    for (const _ of [1, 2]) check.observe({ ...posted(), sent: {} })
    expect(() => check.assertNone()).toThrow(
      /^1 things do not fit .*\nPOST \/repos\/\{owner\}\/\{repo\}\/issues: request: must have/
    )
  })
})
