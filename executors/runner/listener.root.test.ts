import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { agentFor } from './app-agent.ts'
import { send } from './http.ts'

const UIDS = { first: 64_900, count: 10 }

/** A server in a process that has become this user. It answers 200 with what authorization it was sent. */
async function serverOf(uid: number): Promise<{ readonly url: string; end(): Promise<void> }> {
  const source = `
    process.setgid(${uid}); process.setuid(${uid})
    require('node:http').createServer((request, response) => response.end(request.headers.authorization))
      .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)) })`
  const child = spawn(process.execPath, ['--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${port}`,
    async end() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

test('a token is not sent to a port that a run’s user has taken', async () => {
  const thief = await serverOf(UIDS.first + 3)
  const sending = { method: 'GET', path: '/', headers: { authorization: 'Bearer canary' } }
  await expect(
    send({ ...sending, to: { url: thief.url, agent: agentFor(thief.url, UIDS) } })
  ).rejects.toThrow(/another run/)
  await thief.end()
})

test('an app under a user of its own, or ours, is spoken to', async () => {
  const other = await serverOf(65_534)
  const sending = { method: 'GET', path: '/', headers: { authorization: 'Bearer canary' } }
  const answer = await send({
    ...sending,
    to: { url: other.url, agent: agentFor(other.url, UIDS) }
  })
  expect(answer.body.toString()).toBe('Bearer canary')
  await other.end()
  const own = createServer((_request, response) => response.end('own'))
  await new Promise<void>(resolve => own.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}`
  expect(
    (await send({ ...sending, to: { url, agent: agentFor(url, UIDS) } })).body.toString()
  ).toBe('own')
  own.closeAllConnections()
  await new Promise(resolve => own.close(resolve))
})
