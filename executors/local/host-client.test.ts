import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { HostClient } from './host-client.ts'

const PATH = process.env.PATH ?? '/usr/bin:/bin'

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'client-'))
  mkdirSync(join(stateDir, 'runner-host'))
})
afterEach(() => rmSync(stateDir, { recursive: true }))

test('a host that takes a call and never answers is unavailable, and no other one is started', async () => {
  const socket = join(stateDir, 'control')
  const silent = createServer(connection => void connection.resume())
  await new Promise<void>(resolve => silent.listen(socket, resolve))
  const address = join(stateDir, 'runner-host', 'host.json')
  writeFileSync(address, JSON.stringify({ pid: process.pid, socket }))
  const client = new HostClient({ stateDir, path: PATH, idleSeconds: 1, answerMs: 200 })
  await expect(client.ask({ method: 'GET', path: '/attempts' })).rejects.toMatchObject({
    code: 'EXECUTOR_UNAVAILABLE',
    message: expect.stringContaining('no answer to GET /attempts within 200 ms')
  })
  await client.leave()
  expect(JSON.parse(readFileSync(address, 'utf8'))).toMatchObject({ socket })
  await new Promise(resolve => silent.close(resolve))
})

test('a host that cannot write its address ends with a sentence in its log and frees the lock', async () => {
  const address = join(stateDir, 'runner-host', 'host.json')
  mkdirSync(address)
  const client = new HostClient({ stateDir, path: PATH, idleSeconds: 1 })
  await expect(client.ask({ method: 'GET', path: '/attempts' })).rejects.toMatchObject({
    code: 'EXECUTOR_UNAVAILABLE',
    message: expect.stringContaining('it ended with code 1; see')
  })
  const log = readFileSync(join(stateDir, 'runner-host', 'host.log'), 'utf8')
  expect(log).toContain(`the runner host of ${stateDir} cannot start: `)
  rmSync(address, { recursive: true })
  expect(await client.ask({ method: 'GET', path: '/attempts' })).toEqual({ ids: [] })
  await client.leave()
}, 30_000)

test('a host that finds its state folder removed makes no other and ends', () => {
  const gone = join(stateDir, 'gone')
  const program = fileURLToPath(import.meta.resolve('#executors/runner/host.ts'))
  const env = {
    STAGEWRIGHT_HOST_STATE_DIR: gone,
    STAGEWRIGHT_HOST_TEMP_DIR: stateDir,
    STAGEWRIGHT_HOST_IDLE_SECONDS: '1'
  }
  const { status, stderr } = spawnSync(process.execPath, [program], { env })
  expect(status).toBe(1)
  expect(String(stderr)).toContain(`the runner host of ${gone} cannot start: locking `)
  expect(existsSync(gone)).toBe(false)
})

test('attempts whose record is empty or cannot be written are lost, and their neighbour is known all the same', async () => {
  const attempts = join(stateDir, 'attempts')
  for (const id of ['broken-a1', 'full-a1', 'whole-a1'])
    mkdirSync(join(attempts, id, 'runner'), { recursive: true })
  const place = join(attempts, 'whole-a1', 'place')
  const end = { end: 'finished', exitCode: 0, message: '' }
  const whole = {
    id: 'whole-a1',
    startedAt: '',
    isolation: 'none',
    uid: null,
    place,
    groups: [],
    end
  }
  writeFileSync(join(attempts, 'broken-a1', 'runner', 'attempt.json'), '')
  writeFileSync(join(attempts, 'whole-a1', 'runner', 'attempt.json'), JSON.stringify(whole))
  const full = { ...whole, id: 'full-a1', place: join(attempts, 'full-a1', 'place'), end: null }
  writeFileSync(join(attempts, 'full-a1', 'runner', 'attempt.json'), JSON.stringify(full))
  // As little can be written here as on a full disk.
  mkdirSync(join(attempts, 'full-a1', 'runner', 'attempt.json.new'))
  const client = new HostClient({ stateDir, path: PATH, idleSeconds: 1 })
  const inspect = (id: string) => client.ask({ method: 'GET', path: `/attempts/${id}` })
  expect(await inspect('broken-a1')).toMatchObject({ kind: 'ended', end: 'lost' })
  expect(await inspect('full-a1')).toMatchObject({ kind: 'ended', end: 'lost' })
  expect(await inspect('whole-a1')).toMatchObject({ kind: 'ended', end: 'finished' })
  for (const id of ['broken-a1', 'full-a1', 'whole-a1']) {
    await client.ask({ method: 'DELETE', path: `/attempts/${id}` })
    expect(await inspect(id)).toEqual({ kind: 'absent' })
  }
  await client.leave()
}, 30_000)
