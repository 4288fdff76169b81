import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await openTestBench()
})
afterAll(() => bench.close())

async function pushed(folder: string, branch: string): Promise<string> {
  await bench.git(folder, 'checkout', '--quiet', '-B', branch)
  await writeFile(join(folder, 'new.txt'), `${branch}\n`)
  await bench.git(folder, 'add', 'new.txt')
  await bench.git(folder, 'commit', '--quiet', '-m', `on ${branch}`)
  await bench.git(folder, 'push', '--quiet', 'origin', branch)
  return bench.git(folder, 'rev-parse', 'HEAD')
}

test('a clone has the files, and a push is seen by REST and sent as an event', async () => {
  const repository = await bench.repository({ private: true })
  const token = await bench.appToken(repository)
  const folder = await bench.clone(repository, token)
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('# demo\n')
  await bench.events()
  const sha = await pushed(folder, 'topic/one')
  const ref = await bench.call('GET', `/repos/${repository}/git/ref/heads/topic/one`, { token })
  expect(ref.body.object?.sha).toBe(sha)
  expect(await bench.events()).toEqual(['push'])
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    ref: 'refs/heads/topic/one',
    created: true,
    forced: false,
    after: sha,
    head_commit: { id: sha, added: ['new.txt'], message: 'on topic/one' },
    pusher: { name: `${bench.sandbox.app.slug}[bot]` }
  })
})

test('a forced push and a deleted branch say so in their events', async () => {
  const repository = await bench.repository()
  const folder = await bench.clone(repository, bench.sandbox.person('ann').token)
  await pushed(folder, 'topic')
  await bench.git(folder, 'commit', '--quiet', '--amend', '-m', 'another')
  await bench.git(folder, 'push', '--quiet', '--force', 'origin', 'topic')
  await bench.sandbox.settled()
  expect(bench.heard.at(-1)?.payload).toMatchObject({ forced: true, deleted: false })
  await bench.git(folder, 'push', '--quiet', 'origin', ':topic')
  await bench.sandbox.settled()
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    deleted: true,
    after: '0'.repeat(40),
    head_commit: null
  })
})

test('a large push with a compressed or chunked body arrives whole', async () => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  const folder = await bench.clone(repository, token)
  const big = Array.from({ length: 60_000 }, (_, n) => `${n} ${(n * 7919) % 104_729}`).join('\n')
  await writeFile(join(folder, 'new.txt'), '')
  await writeFile(join(folder, 'big.txt'), big)
  await bench.git(folder, 'add', '.')
  await bench.git(folder, '-c', 'http.postBuffer=65536', 'commit', '--quiet', '-m', 'big')
  await bench.git(folder, '-c', 'http.postBuffer=65536', 'push', '--quiet', 'origin', 'main')
  const file = await bench.call('GET', `/repos/${repository}/contents/big.txt`, {
    token,
    accept: 'application/vnd.github.raw+json'
  })
  expect(file.text).toBe(big)
})

test.each([
  ['a token that may only read contents', { contents: 'read' }],
  ['a token without contents', { issues: 'write' }]
])('a push with %s is refused and changes nothing', async (_sentence, permissions) => {
  const repository = await bench.repository()
  const token = await bench.appToken(repository, { permissions })
  const folder = await bench.clone(repository, token)
  await bench.events()
  await expect(pushed(folder, 'topic')).rejects.toThrow('403')
  expect(await bench.events()).toEqual([])
  const ref = await bench.call('GET', `/repos/${repository}/git/ref/heads/topic`)
  expect(ref.status).toBe(404)
})

test.each([
  ['a reader', 'read', '403'],
  ['triage', 'triage', '403'],
  ['a stranger', null, 'not found']
] as const)('%s cannot push to a private repository', async (_sentence, role, words) => {
  const repository = await bench.repository({ private: true })
  const { token } = bench.sandbox.person(`pusher-${role ?? 'none'}`)
  if (role !== null) bench.sandbox.addCollaborator(repository, `pusher-${role}`, role)
  const folder = await bench.clone(repository, bench.sandbox.person('ann').token)
  const url = new URL(`${bench.sandbox.url}/${repository}.git`)
  url.username = 'me'
  url.password = token
  await bench.git(folder, 'remote', 'set-url', 'origin', url.href)
  await expect(pushed(folder, 'topic')).rejects.toThrow(words)
})

test('reads: public for everyone, private for who may, 401 asks for a password', async () => {
  const [open, hidden] = [await bench.repository(), await bench.repository({ private: true })]
  const read = async (name: string, token?: string): Promise<Response> => {
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
    return fetch(`${bench.sandbox.url}/${name}.git/info/refs?service=git-upload-pack`, {
      headers: token === undefined ? {} : { authorization: `Basic ${basic}` }
    })
  }
  expect((await read(open)).status).toBe(200)
  const asked = await read(hidden)
  expect(asked.status).toBe(401)
  expect(asked.headers.get('www-authenticate')).toContain('Basic')
  expect((await read(hidden, 'wrong')).status).toBe(401)
  expect((await read(hidden, bench.sandbox.person('ann').token)).status).toBe(200)
  const elsewhere = await bench.appToken(open, { repositories: [open.split('/')[1]] })
  expect((await read(hidden, elsewhere)).status).toBe(404)
  expect((await read('ann/nothing', bench.sandbox.person('ann').token)).status).toBe(404)
})

test('an address outside the repository is not served', async () => {
  const repository = await bench.repository()
  const answer = await fetch(`${bench.sandbox.url}/${repository}.git/objects/%2e%2e/config`)
  expect(answer.status).toBeGreaterThanOrEqual(400)
})

test('a push whose answer is lost has arrived, and is told', async () => {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  const folder = await bench.clone(repository, token)
  await bench.events()
  bench.sandbox.faults.loseAnswer({ method: 'POST', path: /git-receive-pack$/, times: 1 })
  await expect(pushed(folder, 'topic')).rejects.toThrow('push')
  const sha = await bench.git(folder, 'rev-parse', 'HEAD')
  const ref = await bench.call('GET', `/repos/${repository}/git/ref/heads/topic`, { token })
  expect(ref.body.object?.sha).toBe(sha)
  expect(await bench.events()).toEqual(['push'])
})

test('closing ends a git that still waits for its client', async () => {
  const own = await openTestBench()
  const repository = await own.repository()
  const { token } = own.sandbox.person('ann')
  const half = request(`${own.sandbox.url}/${repository}.git/git-receive-pack`, {
    method: 'POST',
    auth: `me:${token}`,
    headers: {
      'content-type': 'application/x-git-receive-pack-request',
      'content-length': 1000
    }
  })
  const cut = new Promise<string>(resolve => {
    half.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    half.once('response', () => resolve('answered'))
  })
  half.write('0')
  await new Promise(resolve => setTimeout(resolve, 150))
  await own.close()
  expect(await cut).toBe('ECONNRESET')
})
