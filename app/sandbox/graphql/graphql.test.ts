import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type Json, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let open: string
let secret: string
beforeAll(async () => {
  bench = await openTestBench()
  bench.sandbox.person('ann')
  open = await bench.repository()
  secret = await bench.repository({ private: true })
})
afterAll(() => bench.close())
afterEach(() => {
  bench.sandbox.faults.clear()
  bench.sandbox.setRateLimit(5000)
})

async function ask(
  query: string,
  given: { readonly token?: string; readonly variables?: unknown } = {}
): Promise<{ readonly status: number; readonly body: Json; readonly headers: Headers }> {
  const { token, variables } = given
  const response = await fetch(`${bench.sandbox.url}/api/graphql`, {
    method: 'POST',
    headers: token === undefined ? {} : { authorization: `bearer ${token}` },
    body: JSON.stringify({ query, variables })
  })
  return {
    status: response.status,
    body: (await response.json()) as Json,
    headers: response.headers
  }
}

function repositoryQuery(fullName: string, fields: string): string {
  const [owner, name] = fullName.split('/')
  return `{ repository(owner: "${owner}", name: "${name}") { ${fields} } }`
}

test('a repository, its branch and the files of a folder', async () => {
  const fields = `nameWithOwner isPrivate owner { __typename login }
    defaultBranchRef { name target { ... on Commit { message } } }
    object(expression: "HEAD:src") { ... on Tree { entries { name type path object { ... on Blob { text byteSize isBinary isTruncated } } } } }`
  const { status, body } = await ask(repositoryQuery(secret, fields), {
    token: await bench.appToken(secret)
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    data: {
      repository: {
        nameWithOwner: secret,
        isPrivate: true,
        owner: { __typename: 'User', login: 'ann' },
        defaultBranchRef: { name: 'main', target: { message: 'Initial commit' } },
        object: {
          entries: [
            {
              ...{ name: 'sum.js', type: 'blob', path: 'src/sum.js' },
              object: {
                text: 'one\ntwo\nthree\n',
                byteSize: 14,
                isBinary: false,
                isTruncated: false
              }
            }
          ]
        }
      }
    }
  })
})

test.each([
  ['HEAD', 'Commit'],
  ['main', 'Commit'],
  ['main:', 'Tree'],
  ['main:src', 'Tree'],
  ['HEAD:README.md', 'Blob'],
  ['HEAD:nothing', null],
  ['strange:src', null],
  ['HEAD:../etc', null]
])('the expression %s stands for a %s', async (expression, type) => {
  const token = bench.sandbox.person('ann').token
  const fields = `object(expression: "${expression}") { __typename }`
  const { body } = await ask(repositoryQuery(open, fields), { token })
  expect(body.data?.repository?.object?.__typename ?? null).toBe(type)
})

test('a permission that is missing is an error beside what could be read', async () => {
  const token = await bench.appToken(secret, { permissions: { issues: 'read' } })
  const fields = 'name object(expression: "HEAD:src") { id }'
  const { status, body } = await ask(repositoryQuery(secret, fields), { token })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    data: { repository: { object: null } },
    errors: [
      {
        type: 'FORBIDDEN',
        path: ['repository', 'object'],
        message: 'Resource not accessible by integration'
      }
    ]
  })
})

test('what a caller cannot see could not be resolved', async () => {
  const { token } = bench.sandbox.person('stranger')
  const { body } = await ask(repositoryQuery(secret, 'name'), { token })
  expect(body).toMatchObject({
    data: { repository: null },
    errors: [
      {
        type: 'NOT_FOUND',
        message: `Could not resolve to a Repository with the name '${secret}'.`
      }
    ]
  })
})

test.each([
  ['no token', undefined],
  ['a wrong token', 'ghp_wrong'],
  ["the App's own JWT", 'jwt']
])('%s is 401', async (_what, given) => {
  const token = given === 'jwt' ? bench.jwt() : given
  const answer = await ask('{ viewer { login } }', token === undefined ? {} : { token })
  expect(answer.status).toBe(401)
})

test.each([
  ['an unknown field', '{ viewer { nothing } }', 'Cannot query field "nothing" on type "User".'],
  ['a broken query', '{ viewer', 'Syntax Error: Expected Name, found <EOF>.']
])('%s is 200 with the reason', async (_what, query, message) => {
  const { token } = bench.sandbox.person('ann')
  const { status, body } = await ask(query, { token })
  expect(status).toBe(200)
  expect(body).toMatchObject({ errors: [{ message }] })
  expect(body).not.toHaveProperty('data')
})

test('viewer is who calls, and points of GraphQL are counted apart from REST', async () => {
  const { token, login } = bench.sandbox.person('counted')
  bench.sandbox.setRateLimit(2, { login })
  const query = '{ viewer { login } rateLimit { limit remaining cost } }'
  const first = await ask(query, { token })
  expect(first.body).toEqual({
    data: { viewer: { login }, rateLimit: { limit: 2, remaining: 1, cost: 1 } }
  })
  expect(first.headers.get('x-ratelimit-resource')).toBe('graphql')
  await ask(query, { token })
  const over = await ask(query, { token })
  expect(over.status).toBe(200)
  expect(over.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(over.body).toMatchObject({ errors: [{ type: 'RATE_LIMITED' }] })
  expect((await bench.call('GET', '/user', { token })).status).toBe(200)
})

test('faults of the API can be ordered for it', async () => {
  bench.sandbox.faults.fail({ method: 'POST', path: /graphql$/, status: 502, times: 1 })
  const { token } = bench.sandbox.person('ann')
  expect((await ask('{ viewer { login } }', { token })).status).toBe(502)
  expect((await ask('{ viewer { login } }', { token })).status).toBe(200)
})
