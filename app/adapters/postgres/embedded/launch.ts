/** Starts the server process and waits until it takes connections. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '#app/core/errors.ts'
import type { Binaries } from './binaries.ts'
import { type Cluster, SERVER_ENVIRONMENT } from './cluster.ts'
import { type Postmaster, readPostmaster, verify } from './postmaster.ts'

export interface Launch {
  readonly cluster: Cluster
  readonly binaries: Binaries
  /** Wished for; another one is taken when it is in use. */
  readonly port: number | undefined
  readonly url: (port: number) => string
}

const PORT_TRIES = 3
const ORPHAN_TRIES = 10
const LOG_CAP = 16 * 1024 * 1024
const POLL_MS = 10
/** Crash recovery of a durable cluster may take its time; a throwaway one is new. */
const READY_MS = { durable: 120_000, throwaway: 60_000 } as const

/**
 * A new server process. Tries three ports when others take them between our choice and its bind,
 * and waits up to 10 s for the sessions of a killed predecessor to let go of the shared memory.
 */
export async function launch(options: Launch): Promise<Postmaster> {
  let ports = 0
  let orphans = 0
  for (;;) {
    const port = ports === 0 && options.port !== undefined ? options.port : await freePort()
    const outcome = await attempt(options, port)
    if ('server' in outcome) return outcome.server
    if (/could not bind|could not create any TCP\/IP sockets/.test(outcome.log)) ports++
    else if (/shared memory block .* is still in use/.test(outcome.log)) {
      orphans++
      await pause(1000)
    } else throw ended(options.cluster, outcome.log)
    if (ports === PORT_TRIES || orphans === ORPHAN_TRIES) throw ended(options.cluster, outcome.log)
  }
}

function ended(cluster: Cluster, log: string): AppError {
  const last = log.trim().split('\n').slice(-10).join('\n')
  return new AppError(
    'DATABASE_START',
    `starting the embedded postgres in ${cluster.folder}: it ended at once. Its last lines:\n${last}`
  )
}

type Outcome = { readonly server: Postmaster } | { readonly log: string }

async function attempt(options: Launch, port: number): Promise<Outcome> {
  const { cluster } = options
  const { file, from } = await openLog(cluster)
  try {
    const child = spawn(options.binaries.postgres, settings(cluster, port), {
      ...cluster.account,
      cwd: '/',
      env: { ...SERVER_ENVIRONMENT },
      // A log file outlives us, a pipe does not; a session of its own keeps Ctrl-C for us to handle.
      stdio: ['ignore', file.fd, file.fd],
      detached: true
    })
    child.unref()
    const failure = startFailure(child)
    const server = await ready(options, child, failure)
    return server === null ? { log: await readLog(cluster, from) } : { server }
  } finally {
    await file.close()
  }
}

function settings(cluster: Cluster, port: number): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(cluster.purpose === 'throwaway' ? { fsync: 'off', full_page_writes: 'off' } : {})
  }
  const options = Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', cluster.data, ...options]
}

function startFailure(child: ChildProcess): { cause: Error | null } {
  const failure: { cause: Error | null } = { cause: null }
  child.once('error', cause => {
    failure.cause = cause
  })
  return failure
}

/** Null when the process ended before it was ready. */
async function ready(
  options: Launch,
  child: ChildProcess,
  failure: { readonly cause: Error | null }
): Promise<Postmaster | null> {
  const { cluster } = options
  const end = Date.now() + READY_MS[cluster.purpose]
  for (;;) {
    if (failure.cause !== null) {
      throw new AppError('DATABASE_START', `starting ${options.binaries.postgres}`, {
        cause: failure.cause
      })
    }
    if (child.exitCode !== null || child.signalCode !== null) return null
    const found = await readPostmaster(cluster)
    if (found !== null && found.pid === child.pid && found.ready) {
      await verify(cluster, options.url(found.port))
      return found
    }
    if (Date.now() > end) {
      child.kill('SIGQUIT')
      throw new AppError(
        'DATABASE_START',
        `starting the embedded postgres in ${cluster.folder}: not ready after ${READY_MS[cluster.purpose] / 1000} s; look into ${cluster.log}`
      )
    }
    await pause(POLL_MS)
  }
}

async function openLog(
  cluster: Cluster
): Promise<{ readonly file: Awaited<ReturnType<typeof open>>; readonly from: number }> {
  const size = await stat(cluster.log).then(
    facts => facts.size,
    () => 0
  )
  if (size > LOG_CAP) await rename(cluster.log, `${cluster.log}.1`)
  return { file: await open(cluster.log, 'a', 0o600), from: size > LOG_CAP ? 0 : size }
}

async function readLog(cluster: Cluster, from: number): Promise<string> {
  return (await readFile(cluster.log)).subarray(from).toString('utf8')
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done, refuse) => {
    probe.once('error', refuse)
    probe.listen(0, '127.0.0.1', done)
  })
  const address = probe.address()
  await new Promise(done => probe.close(done))
  if (address === null || typeof address === 'string') {
    throw new AppError('DATABASE_START', 'looking for a free port on 127.0.0.1')
  }
  return address.port
}
