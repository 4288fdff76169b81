/** A cluster's folder: data, password, log; made once by initdb. */

import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { messageOf } from '#app/adapters/postgres/failure.ts'
import { AppError } from '#app/core/errors.ts'
import { type Account, firstClosed } from './account.ts'
import type { Binaries } from './binaries.ts'

export type Purpose = 'durable' | 'throwaway'

export interface Cluster {
  readonly folder: string
  readonly purpose: Purpose
  /** Null: the server runs as we do. */
  readonly account: Account | null
  /** Postgres' own folder. */
  readonly data: string
  /** The superuser's password, 0600, ours. */
  readonly password: string
  readonly log: string
  /** One file for each process that uses the server. */
  readonly users: string
}

/** Postgres and initdb see this and nothing of ours: PGPORT and its like would change what they do. */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC'
}

const OURS =
  /^(data|data\.new|initdb\.password|password(\..+)?|postgres\.log(\.1)?|users|launcher\.lock(\..+)?)$/

/**
 * Makes the folder where it is missing and checks that the server's account can get there and that
 * nothing of anybody else lies in it (a throwaway folder is removed at the end).
 */
export async function openCluster(
  path: string,
  purpose: Purpose,
  account: Account | null
): Promise<Cluster> {
  const folder = resolve(path)
  await makeFolder(folder)
  const stranger = (await readdir(folder)).find(name => !OURS.test(name))
  if (stranger !== undefined) {
    throw new AppError(
      'DATABASE_START',
      `using ${folder} for the embedded postgres: it holds "${stranger}", which is not ours; name an empty folder`
    )
  }
  const closed = await firstClosed(folder, account)
  if (closed === folder) await chmod(folder, 0o711)
  else if (closed !== null) {
    throw new AppError(
      'DATABASE_START',
      `using ${folder} for the embedded postgres: root starts it as uid ${account?.uid}, which cannot pass ${closed}; set STAGEWRIGHT_STATE_DIR to a folder that others can pass (mode 711 or 755)`
    )
  }
  const users = join(folder, 'users')
  await mkdir(users, { recursive: true, mode: 0o700 })
  return {
    folder,
    purpose,
    account,
    data: join(folder, 'data'),
    password: join(folder, 'password'),
    log: join(folder, 'postgres.log'),
    users
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o711 })
    if (first === undefined) return
    // What we made ourselves stays passable whatever the umask says; what was there is not touched.
    for (let at = folder; at.length >= first.length; at = dirname(at)) await chmod(at, 0o711)
  } catch (cause) {
    throw new AppError(
      'DATABASE_START',
      `making the folder ${folder} for the embedded postgres; set STAGEWRIGHT_STATE_DIR to a folder that we may write`,
      { cause }
    )
  }
}

/**
 * The superuser's password; makes the cluster first when there is none. Runs under the launcher's
 * lock. A start killed half-way leaves `data.new`, which is removed here.
 */
export async function ensureCluster(cluster: Cluster, binaries: Binaries): Promise<string> {
  const draft = join(cluster.folder, 'data.new')
  await rm(draft, { recursive: true, force: true })
  await rm(handedOver(cluster), { force: true })
  if (await isMade(cluster)) return readPassword(cluster)
  const password = randomBytes(24).toString('base64url')
  await replaceFile(cluster.password, password)
  await mkdir(draft, { mode: 0o700 })
  if (cluster.account !== null) await chown(draft, cluster.account.uid, cluster.account.gid)
  await initdb(cluster, binaries, draft, password)
  await rename(draft, cluster.data)
  return password
}

async function isMade(cluster: Cluster): Promise<boolean> {
  // The rename at the end of a complete initdb puts it there.
  return readFile(join(cluster.data, 'PG_VERSION')).then(
    () => true,
    () => false
  )
}

async function readPassword(cluster: Cluster): Promise<string> {
  try {
    return (await readFile(cluster.password, 'utf8')).trim()
  } catch (cause) {
    throw new AppError(
      'DATABASE_START',
      `reading ${cluster.password}: without it nobody gets into ${cluster.data}; put it back, or remove ${cluster.folder} to start with an empty database`,
      { cause }
    )
  }
}

async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

/** The password as initdb reads it: the server's account may not read ours, so it gets a copy for a second. */
function handedOver(cluster: Cluster): string {
  return join(cluster.folder, 'initdb.password')
}

async function initdb(
  cluster: Cluster,
  binaries: Binaries,
  data: string,
  password: string
): Promise<void> {
  const file = handedOver(cluster)
  await writeFile(file, password, { mode: 0o600, flag: 'wx' })
  if (cluster.account !== null) await chown(file, cluster.account.uid, cluster.account.gid)
  // The built-in C.UTF-8 sorts alike on every system and needs no locale of the machine.
  const options = [
    ...['--pgdata', data, '--pwfile', file, '--username', 'postgres'],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8'],
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(cluster.purpose === 'throwaway' ? ['--no-sync'] : [])
  ]
  try {
    await runToEnd(binaries.initdb, options, cluster.account)
  } catch (cause) {
    throw new AppError(
      'DATABASE_START',
      `making the embedded postgres in ${cluster.folder}: ${messageOf(cause)}`,
      { cause }
    )
  } finally {
    await rm(file, { force: true })
  }
}

function runToEnd(
  program: string,
  options: readonly string[],
  account: Account | null
): Promise<void> {
  return new Promise((done, refuse) => {
    const child = spawn(program, options, {
      ...account,
      cwd: '/',
      env: { ...SERVER_ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-2000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', refuse)
    child.once('close', (code, signal) => {
      if (code === 0) done()
      else refuse(new Error(`initdb ended with ${code ?? signal}: ${output.trim()}${hint(output)}`))
    })
  })
}

function hint(output: string): string {
  // Containers often run as a number that /etc/passwd does not know; initdb insists on a name.
  if (!output.includes('could not look up effective user ID')) return ''
  return '; run as a user that has a name, add a line for this number to /etc/passwd, or set DATABASE_URL to a server of your own'
}
