import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  access,
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { onConnection } from '#app/adapters/postgres/connection.ts'
import { identify, isAlive, signal } from './processes.ts'
import { type EmbeddedServer, startEmbedded } from './start.ts'
import { sweepThrowaway, throwawayFolder } from './throwaway.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

let temp: string
let folder: string
const started: EmbeddedServer[] = []
const children: ChildProcess[] = []
/** Servers that other processes started; the pids are ours until the end of the test. */
const elsewhere: number[] = []

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'stagewright-test-'))
  // Root's server runs as somebody else, who must be able to pass.
  await mkdir(join(temp, 'state'), { mode: 0o711 })
  await chmod(temp, 0o711)
  folder = join(temp, 'state/postgres')
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of started.splice(0)) await server.stop()
  for (const pid of elsewhere.splice(0)) {
    if (signal(pid, 'SIGQUIT')) await isGone(pid)
  }
  await rm(temp, { recursive: true, force: true })
})

async function start(options: { port?: number } = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({ folder, purpose: 'durable', ...options })
  started.push(server)
  return server
}

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  return onConnection(url, async client => (await client.query(sql)).rows)
}

/** Another process that starts the server of a folder and then does nothing; answers with its pid. */
async function startElsewhere(where: string, purpose: string): Promise<[ChildProcess, number]> {
  const code = `
    import { startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
    const server = await startEmbedded({ folder: ${JSON.stringify(where)}, purpose: '${purpose}' })
    process.stdout.write(String(server.pid))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  children.push(child)
  const [chunk] = await once(child.stdout, 'data')
  const pid = Number(String(chunk))
  elsewhere.push(pid)
  return [child, pid]
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 250; tries++) {
    if ((await identify(pid)) === null) return true
    await pause(20)
  }
  return false
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}

test('a durable server asks for a password, keeps its data over a stop, and leaves no process', async () => {
  const first = await start()
  expect(first.adopted).toBe(false)
  expect(await query(first.url, 'show fsync')).toEqual([{ fsync: 'on' }])
  expect(await query(first.url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
  await query(first.url, `create table kept as select 'so' as word`)
  await expect(query(first.url.replace(/:[^:@]+@/, ':guess@'), 'select 1')).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('the password is wrong')
  })
  await Promise.all([first.stop(), first.stop()])
  expect(await identify(first.pid)).toBeNull()
  const second = await start()
  expect(second.adopted).toBe(false)
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'so' }])
})

test('the password lies in a file that only we may read, and initdb leaves no copy', async () => {
  const server = await start()
  const facts = await stat(join(folder, 'password'))
  expect(facts.mode & 0o777).toBe(0o600)
  expect(facts.uid).toBe(process.getuid?.())
  expect(await readFile(join(folder, 'password'), 'utf8')).toBe(new URL(server.url).password)
  expect((await readdir(folder)).sort()).toEqual(['data', 'password', 'postgres.log', 'users'])
})

test('two who start the same folder at once share one server, which the last one ends', async () => {
  const [one, two] = await Promise.all([start(), start()])
  expect(two.pid).toBe(one.pid)
  expect([one.adopted, two.adopted].sort()).toEqual([false, true])
  await one.stop()
  expect(await query(two.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await two.stop()
  expect(await identify(two.pid)).toBeNull()
})

test('a server whose launcher was killed is adopted, and ended like our own', async () => {
  const [launcher, pid] = await startElsewhere(folder, 'durable')
  await killed(launcher)
  const server = await start()
  expect(server).toMatchObject({ adopted: true, pid })
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expect(await identify(pid)).toBeNull()
})

test('a server that another living process uses is not ended by us', async () => {
  const [, pid] = await startElsewhere(folder, 'durable')
  const server = await start()
  expect(server.pid).toBe(pid)
  await server.stop()
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a killed server is started again and recovers what was committed', async () => {
  const first = await start()
  await query(first.url, `create table kept as select 'so' as word`)
  process.kill(first.pid, 'SIGKILL')
  expect(await isGone(first.pid)).toBe(true)
  expect(await exists(join(folder, 'data/postmaster.pid'))).toBe(true)
  const second = await start()
  expect(second.adopted).toBe(false)
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'so' }])
})

test('a pid file whose number belongs to a stranger by now is cleared, and the stranger lives', async () => {
  const first = await start()
  const file = join(folder, 'data/postmaster.pid')
  const text = await readFile(file, 'utf8')
  await first.stop()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  children.push(stranger)
  await writeFile(file, text.replace(/^\d+/, String(stranger.pid)))
  const second = await start()
  expect(second.adopted).toBe(false)
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(stranger.exitCode).toBeNull()
  expect(stranger.signalCode).toBeNull()
})

test('a port in use is left for another one', async () => {
  const holder = createServer()
  await new Promise<void>(done => holder.listen(0, '127.0.0.1', done))
  const address = holder.address()
  const taken = address !== null && typeof address === 'object' ? address.port : 0
  const server = await start({ port: taken })
  await new Promise(done => holder.close(done))
  expect(taken).toBeGreaterThan(0)
  expect(server.port).not.toBe(taken)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a start that was killed half-way through initdb is begun anew', async () => {
  await mkdir(join(folder, 'data.new/base'), { recursive: true })
  await writeFile(join(folder, 'initdb.password'), 'old')
  const server = await start()
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a server that ends at once is reported with its last lines', async () => {
  await (await start()).stop()
  await appendFile(join(folder, 'data/postgresql.conf'), '\nno_such_setting = 1\n')
  await expect(start()).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringMatching(/it ended at once[\s\S]*no_such_setting/)
  })
  expect(await readdir(join(folder, 'users'))).toEqual([])
})

test('a lost password file and a folder with foreign files are refused with the way out', async () => {
  await (await start()).stop()
  await rm(join(folder, 'password'))
  await expect(start()).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringContaining('put it back')
  })
  await writeFile(join(folder, 'thesis.txt'), 'mine')
  await expect(start()).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringContaining('"thesis.txt"')
  })
})

test('a throwaway server and its folder go with their owner, killed or not', async () => {
  const mine = await startEmbedded({ folder, purpose: 'throwaway' })
  expect(await query(mine.url, 'show fsync')).toEqual([{ fsync: 'off' }])
  await mine.stop()
  expect(await exists(folder)).toBe(false)
  const [owner, pid] = await startElsewhere(folder, 'throwaway')
  await killed(owner)
  expect(await isGone(pid)).toBe(true)
  for (let tries = 0; tries < 250 && (await exists(folder)); tries++) await pause(20)
  expect(await exists(folder)).toBe(false)
})

test('a throwaway start that breaks leaves neither process nor folder', async () => {
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(join(folder, 'data/PG_VERSION'), '18')
  await writeFile(join(folder, 'password'), 'x')
  await expect(startEmbedded({ folder, purpose: 'throwaway' })).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringContaining('it ended at once')
  })
  expect(await exists(folder)).toBe(false)
})

test('the sweep ends and removes what dead owners left, and leaves living ones alone', async () => {
  // Durable, so that no watchdog is there to do the sweep's work.
  const left = await throwawayFolder(temp)
  const [owner, pid] = await startElsewhere(left, 'durable')
  await killed(owner)
  const used = await throwawayFolder(temp)
  const mine = await startEmbedded({ folder: used, purpose: 'throwaway' })
  started.push(mine)
  const fresh = await throwawayFolder(temp)
  expect(await sweepThrowaway(temp)).toEqual([left])
  expect(await identify(pid)).toBeNull()
  expect(await exists(left)).toBe(false)
  expect(await exists(fresh)).toBe(true)
  expect(await query(mine.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await isAlive({ pid: mine.pid, started: 'another time' })).toBe(false)
})
