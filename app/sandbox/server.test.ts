import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './index.ts'

let folder: string
let sandbox: Sandbox
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewright-server-'))
  sandbox = await startSandbox({ folder })
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

function ask(target: string): Promise<string> {
  const { hostname, port, host } = new URL(sandbox.url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
  return text(socket)
}

test.each(['//', '///', '//?a=b', '/%', '/%2', 'http://', 'http://[', '/a/b.git//info/refs', '*'])(
  'the target %s, which need not be an address, is answered and ends nothing',
  async target => {
    expect(await ask(target)).toMatch(/^HTTP\/1\.1 [2345]\d\d /)
    expect((await fetch(sandbox.url)).status).toBe(200)
  }
)
