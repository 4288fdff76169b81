/** The runner host's program: one process a state folder, started by the local executor, outliving it. */
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { readHostEnvironment } from './environment.ts'
import { describe } from './failure.ts'
import { Attempts } from './host/attempts.ts'
import { createControl } from './host/control.ts'
import { takeLock } from './host/lock.ts'
import { Pace } from './host/pace.ts'

/** Longest turn of a launcher that prepares while others wait. */
const TURN_MS = 2_000
const SOCKET_DIR_PREFIX = 'swr-'

process.umask(0o077)
// Many runs live in this process: a mistake in the dealings with one must not lose the others.
process.on('uncaughtException', error => process.stderr.write(`${error.stack ?? error}\n`))
const { stateDir, tempDir, idleSeconds } = readHostEnvironment()
const ownDir = join(stateDir, 'runner-host')
const addressFile = join(ownDir, 'host.json')
let socketDir: string | null = null
let leaving = false
let quietSince = Date.now()
try {
  await begin()
} catch (error) {
  // Nobody finds a host without an address; alive it would only keep the lock from the next one.
  const cause =
    error instanceof Error && error.cause !== undefined ? `: ${describe(error.cause)}` : ''
  process.stderr.write(`the runner host of ${stateDir} cannot start: ${describe(error)}${cause}\n`)
  removeSockets()
  process.exit(1)
}

async function begin(): Promise<void> {
  // Whoever starts a host makes its folder; one that is gone by now was removed with all of the state.
  // A host on its way out holds the lock for a moment more; a live one holds it for good.
  const lock = takeLock(join(ownDir, 'lock'), 2_000)
  if (lock === null) process.exit(0)
  removeDeadHostsSockets()
  // Its own short path: a Unix socket's path holds 107 bytes at most.
  socketDir = mkdtempSync(join(tempDir, SOCKET_DIR_PREFIX))
  chmodSync(socketDir, 0o711)
  const pace = new Pace(2 * availableParallelism(), TURN_MS)
  const attempts = new Attempts({ stateDir, tempDir, socketDir, pace })
  await attempts.recover()
  await listen(attempts, join(socketDir, 'control'))
  setInterval(() => {
    if (attempts.busy > 0) quietSince = Date.now()
    if (Date.now() - quietSince > idleSeconds * 1000) leave(attempts)
  }, 500)
  // Somebody ends the machine's services: what runs is found by the next host, as after a crash.
  process.once('SIGTERM', () => {
    removeOwn()
    process.exit(0)
  })
}

async function listen(attempts: Attempts, socket: string): Promise<void> {
  const control = { attempts, leaving: () => leaving, leave: () => leave(attempts) }
  const server = createControl(control).listen(socket)
  await once(server, 'listening')
  chmodSync(socket, 0o600)
  writeFileSync(`${addressFile}.new`, JSON.stringify({ pid: process.pid, socket }))
  renameSync(`${addressFile}.new`, addressFile)
}

function removeOwn(): void {
  rmSync(addressFile, { force: true })
  removeSockets()
}

function removeSockets(): void {
  if (socketDir !== null) rmSync(socketDir, { recursive: true, force: true })
}

function leave(attempts: Attempts): boolean {
  if (leaving || attempts.busy > 0) return leaving
  leaving = true
  removeOwn()
  // Answers under way get their moment.
  setTimeout(() => process.exit(0), 50)
  return true
}

function removeDeadHostsSockets(): void {
  try {
    const { socket: left } = JSON.parse(readFileSync(addressFile, 'utf8')) as { socket: string }
    const folder = dirname(left)
    if (basename(folder).startsWith(SOCKET_DIR_PREFIX))
      rmSync(folder, { recursive: true, force: true })
  } catch {
    // No host was here before, or it left in order.
  }
  rmSync(addressFile, { force: true })
}
