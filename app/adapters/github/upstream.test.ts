import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { Hono } from 'hono'
import { git } from '#app/testing/git-checkout.ts'
import { type GitHubBench, repositoryRow, startGitHubBench } from '#app/testing/github-bench.ts'
import { startScriptedServer } from '#app/testing/scripted-server.ts'

jest.setTimeout(30_000)

let bench: GitHubBench

beforeAll(async () => {
  bench = await startGitHubBench()
})

afterAll(() => bench.close())

/** The smallest server that a runner's git could talk to. */
async function passThrough(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = new Hono()
  app.get('/info/refs', context =>
    bench.github.advertise(bench.repository, context.req.header('git-protocol') ?? null)
  )
  app.post('/git-upload-pack', context => {
    const { body } = context.req.raw
    if (body === null) return context.text('no body', 400)
    return bench.github.uploadPack(bench.repository, {
      body,
      encoding: context.req.header('content-encoding') ?? null,
      protocol: context.req.header('git-protocol') ?? null
    })
  })
  return new Promise(resolve => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      const close = () => new Promise<void>(closed => server.close(() => closed()))
      resolve({ url: `http://127.0.0.1:${port}`, close })
    })
  })
}

test.each(['0', '2'])('git clones and fetches through it, with protocol %s', async version => {
  const server = await passThrough()
  try {
    const tree = await mkdtemp(join(bench.folder, 'clone-'))
    const protocol = ['-c', `protocol.version=${version}`]
    await git(tree, [...protocol, 'clone', '--quiet', server.url, '.'])
    expect(await readFile(join(tree, 'README.md'), 'utf8')).toBe('# Widget\n')
    expect(await git(tree, ['rev-parse', 'HEAD'])).toBe(
      await bench.github.head(bench.repository, 'main')
    )
    // Many haves make git compress its request.
    for (let count = 0; count < 60; count += 1) {
      await git(tree, ['commit', '--quiet', '--allow-empty', '-m', `${count}`], {
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@example.org'
      })
    }
    const changed = await bench.asOwner<{ commit: { sha: string } }>(
      'PUT',
      `/contents/v${version}.txt`,
      { message: 'More', content: Buffer.from('more\n').toString('base64') }
    )
    await git(tree, [...protocol, 'fetch', '--quiet', 'origin'])
    expect(await git(tree, ['rev-parse', 'origin/main'])).toBe(changed.commit.sha)
    await expect(git(tree, ['push', '--quiet', 'origin', 'HEAD:refs/heads/x'])).rejects.toThrow()
  } finally {
    await server.close()
  }
})

test('GitHub’s answer comes without its cookies, and our credential goes only to GitHub', async () => {
  const upstream = await startScriptedServer((request, response) => {
    if (request.url?.endsWith('/access_tokens')) {
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ token: 'ghs_x', expires_at: '2999-01-01T00:00:00Z' }))
      return
    }
    response.writeHead(200, {
      'content-type': 'application/x-git-upload-pack-advertisement',
      'cache-control': 'no-cache',
      'set-cookie': 'a=b',
      'x-github-request-id': '1'
    })
    response.end('0000')
  })
  try {
    const client = bench.client({ apiUrl: upstream.url, webUrl: upstream.url })
    const answer = await client.advertise(bench.repository, 'version=2')
    expect(Object.fromEntries(answer.headers)).toEqual({
      'cache-control': 'no-cache',
      'content-type': 'application/x-git-upload-pack-advertisement'
    })
    expect(await answer.text()).toBe('0000')
    expect(upstream.requests.at(-1)).toMatchObject({
      path: '/octo-owner/widget.git/info/refs?service=git-upload-pack',
      headers: {
        'git-protocol': 'version=2',
        authorization: `Basic ${Buffer.from('x-access-token:ghs_x').toString('base64')}`
      }
    })
  } finally {
    await upstream.close()
  }
})

test.each([
  [404, {}, 'NOT_FOUND', {}],
  [401, {}, 'GITHUB_UNAVAILABLE', {}],
  [403, {}, 'GITHUB_REFUSED', { hint: expect.stringContaining('contents: read') }],
  [
    301,
    { location: 'https://example.org/' },
    'GITHUB_REFUSED',
    { hint: expect.stringContaining('renamed') }
  ],
  [429, { 'retry-after': '7' }, 'GITHUB_LIMIT', { retryAfterSeconds: 7 }],
  [503, {}, 'GITHUB_UNAVAILABLE', {}]
])('an answer %i becomes an error with what it means', async (status, headers, code, fields) => {
  const upstream = await startScriptedServer((_request, response) => {
    response.writeHead(status, headers)
    response.end('nothing to see')
  })
  try {
    const client = bench.client({ webUrl: upstream.url })
    await expect(client.advertise(bench.repository, null)).rejects.toMatchObject({ code, fields })
  } finally {
    await upstream.close()
  }
})

test('a repository that the token is not for is never asked for', async () => {
  const row = repositoryRow({ id: 1, owner: 'octo-owner', name: 'other', installationId: null })
  await expect(bench.github.advertise(row, null)).rejects.toMatchObject({ code: 'GITHUB_REFUSED' })
})
