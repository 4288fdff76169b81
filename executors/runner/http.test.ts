import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { forward, type Target } from './http.ts'

let proxy: ReturnType<typeof createServer> | undefined
afterEach(() => new Promise(resolve => proxy?.close(resolve)))

/** The status that a proxy answers which forwards to this target and path. */
async function forwarded(to: Target, path: string): Promise<number | undefined> {
  const server = createServer((request, response) => forward(request, response, { to, path }))
  proxy = server
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, answer =>
      resolve(answer.resume().statusCode)
    ).on('error', reject)
  })
}

test.each([
  ['a path with a space', { socketPath: '/nowhere' }, '/git/a b', 404],
  ['a path beyond Latin letters', { socketPath: '/nowhere' }, '/git/\u0436', 404],
  ['an address that is none', { url: 'http://[' }, '/git', 404],
  ['a target that is not there', { socketPath: '/nowhere' }, '/git', 502]
])('%s is answered, never thrown', async (_what, to, path, status) => {
  expect(await forwarded(to, path)).toBe(status)
})
