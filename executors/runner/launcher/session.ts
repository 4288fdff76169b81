/**
 * A session as bytes: gzip of JSON lines `{ path, mode, data }`, data in base64, paths relative with
 * slashes. Links, sockets and devices are left out; nothing outside the folder is read or written.
 */

import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { promisify } from 'node:util'

/** Unpacked bytes may be so many times the limit of the packed ones: guards against a bomb. */
const UNPACKED_FACTOR = 8

/** The folder's files below `paths`; throws when it is larger than `limitBytes` packed. */
export async function packSession(
  folder: string,
  paths: readonly string[],
  limitBytes: number
): Promise<Buffer> {
  const { gzip } = await import('node:zlib')
  const lines: string[] = []
  let bytes = 0
  for (const path of paths) {
    for await (const file of filesBelow(join(folder, path))) {
      const line = await readLine(folder, file, limitBytes * UNPACKED_FACTOR - bytes)
      if (line === null) continue
      bytes += line.length
      lines.push(line)
    }
  }
  const packed = await promisify(gzip)(Buffer.from(lines.join('')), { level: 3 })
  if (packed.length > limitBytes) throw tooLarge(limitBytes)
  return packed
}

/** Writes the packed files below `folder`; answers how many. Throws on anything it did not pack itself. */
export async function unpackSession(
  packed: Buffer,
  folder: string,
  limitBytes: number
): Promise<number> {
  if (packed.length === 0) return 0
  const { gunzip } = await import('node:zlib')
  const options = { maxOutputLength: limitBytes * UNPACKED_FACTOR * 2 }
  const text = (await promisify(gunzip)(packed, options)).toString()
  let count = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const entry = readEntry(line)
    const file = join(folder, entry.path)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const handle = await open(file, flags, entry.mode & 0o700)
    try {
      await handle.writeFile(entry.data)
    } finally {
      await handle.close()
    }
    count += 1
  }
  return count
}

/** Empties a folder, for a cold start after a session that could not be restored. */
export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  const stats = await lstat(path).catch(() => null)
  if (stats?.isFile() === true) yield path
  if (stats?.isDirectory() !== true) return
  for (const name of (await readdir(path)).sort()) yield* filesBelow(join(path, name))
}

async function readLine(folder: string, file: string, room: number): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return null
    if (stats.size > room) throw tooLarge(room)
    const path = relative(folder, file).split(sep).join('/')
    const data = (await handle.readFile()).toString('base64')
    return `${JSON.stringify({ path, mode: stats.mode & 0o777, data })}\n`
  } finally {
    await handle.close()
  }
}

function readEntry(line: string): { path: string; mode: number; data: Buffer } {
  const { path, mode, data } = JSON.parse(line) as Readonly<Record<string, unknown>>
  if (typeof path !== 'string' || typeof mode !== 'number' || typeof data !== 'string') {
    throw new Error('restoring the session: a line without path, mode and data')
  }
  const clean = normalize(path)
  if (clean !== path || clean.startsWith('..') || clean.startsWith('/') || clean.includes('\0')) {
    throw new Error(`restoring the session: the path ${JSON.stringify(path)} is not ours`)
  }
  return { path, mode, data: Buffer.from(data, 'base64') }
}

function tooLarge(limit: number): Error {
  return new Error(`the session folder is too large to save: the limit is ${limit} bytes`)
}
