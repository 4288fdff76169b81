import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { onConnection } from '#app/adapters/postgres/connection.ts'
import { serverAccount } from './account.ts'
import { nativeFolder, prepareBinaries } from './binaries.ts'
import { cacheFolder } from './cache.ts'
import { startEmbedded } from './start.ts'

const asRoot = process.getuid?.() === 0

let temp: string

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'stagewright-test-'))
  await chmod(temp, 0o711)
})

afterEach(async () => {
  await rm(temp, { recursive: true, force: true })
})

/** The platform package as `npm ci --ignore-scripts` leaves it: without its library links. */
async function packageWithoutLinks(): Promise<string> {
  const native = join(temp, 'package/native')
  await cp(join(nativeFolder(), '..'), join(temp, 'package'), {
    recursive: true,
    filter: async path => !(await lstat(path)).isSymbolicLink()
  })
  return native
}

async function links(native: string): Promise<readonly string[]> {
  const entries = await readdir(join(native, 'lib'), { withFileTypes: true })
  return entries.filter(entry => entry.isSymbolicLink()).map(entry => entry.name)
}

async function answerOf(native: string): Promise<{ rows: readonly unknown[]; uid: number }> {
  const folder = join(temp, 'postgres')
  const server = await startEmbedded({ folder, purpose: 'throwaway', native, temp })
  try {
    const { rows } = await onConnection(server.url, client => client.query('select 1 as one'))
    return { rows, uid: (await stat(join(folder, 'data'))).uid }
  } finally {
    await server.stop()
  }
}

test('missing library links are made in the package, and the server starts', async () => {
  const native = await packageWithoutLinks()
  expect(await links(native)).toEqual([])
  expect((await answerOf(native)).rows).toEqual([{ one: 1 }])
  expect(await links(native)).toEqual(expect.arrayContaining(['libpq.so.5', 'libicuuc.so.60']))
  expect(await readdir(temp)).not.toContain(`stagewright-${process.getuid?.()}`)
})

test('a checkout that others cannot pass is no obstacle: root starts a copy as nobody, others start in place', async () => {
  const native = await packageWithoutLinks()
  await chmod(join(temp, 'package'), 0o700)
  const { rows, uid } = await answerOf(native)
  expect(rows).toEqual([{ one: 1 }])
  expect(uid).toBe(asRoot ? 65534 : process.getuid?.())
  const copies = (await readdir(temp)).includes(`stagewright-${process.getuid?.()}`)
  expect(copies).toBe(asRoot)
})

test('two who copy at once end with one whole copy, and a damaged copy is replaced', async () => {
  const native = await packageWithoutLinks()
  // A program that its owner may not start is what both root and others must copy.
  await chmod(join(native, 'bin/postgres'), 0o600)
  const prepare = () => prepareBinaries({ native, account: serverAccount(), temp })
  const [one, two] = await Promise.all([prepare(), prepare()])
  expect(one).toEqual(two)
  expect(one.postgres).not.toContain(native)
  const cache = await cacheFolder(temp)
  expect(await readdir(cache)).toHaveLength(1)
  await rm(one.initdb)
  expect(await prepare()).toEqual(one)
  expect((await stat(one.initdb)).mode & 0o777).toBe(0o755)
  expect(await readdir(cache)).toHaveLength(1)
})

test('a data folder that nobody can reach is named with the way out; other users do not mind', async () => {
  const closed = join(temp, 'closed')
  await mkdir(closed, { mode: 0o700 })
  const start = () =>
    startEmbedded({ folder: join(closed, 'postgres'), purpose: 'throwaway', temp })
  if (asRoot) {
    await expect(start()).rejects.toMatchObject({
      code: 'DATABASE_START',
      message: expect.stringMatching(/uid 65534.*cannot pass .*closed; set STAGEWRIGHT_STATE_DIR/)
    })
  } else {
    await expect((await start()).stop()).resolves.toBeUndefined()
  }
})

test('a platform without a package is named, with DATABASE_URL as the way out', () => {
  expect(() => nativeFolder('plan9', 'mips')).toThrow(/plan9-mips.*DATABASE_URL/)
})

test('a package without its programs is named', async () => {
  await mkdir(join(temp, 'native'))
  await expect(
    prepareBinaries({ native: join(temp, 'native'), account: null, temp })
  ).rejects.toMatchObject({ code: 'DATABASE_START', message: expect.stringContaining('npm ci') })
})

test.each([
  ['a link', (path: string) => symlink('/', path)],
  ['writable for others', (path: string) => mkdir(path).then(() => chmod(path, 0o777))]
])('programs are never started from a temp folder that is %s', async (_what, prepare) => {
  await prepare(join(temp, `stagewright-${process.getuid?.()}`))
  await expect(cacheFolder(temp)).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringContaining('remove it or set TMPDIR')
  })
})
