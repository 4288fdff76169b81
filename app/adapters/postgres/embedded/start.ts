/** Postgres without installing one: our own launcher of the binaries that npm brings. */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { serverAccount } from './account.ts'
import { nativeFolder, prepareBinaries } from './binaries.ts'
import { type Cluster, ensureCluster, openCluster, type Purpose } from './cluster.ts'
import { launch } from './launch.ts'
import { withLock } from './lock.ts'
import { findLiving, type Postmaster, stopServer } from './postmaster.ts'
import { livingUsers, registerUser } from './users.ts'
import { watch } from './watchdog.ts'

export interface EmbeddedOptions {
  /** The cluster's own folder, made when missing; `durable` data stays there for the next start. */
  readonly folder: string
  /**
   * `durable`: data survives crashes of the machine. `throwaway`: no fsync, the folder is removed by
   * `stop`, and by a watchdog when this process is killed.
   */
  readonly purpose: Purpose
  /** Wished for; another one is taken when it is in use. Default: any free one. */
  readonly port?: number
  /** Folder with bin, lib and share; default: that of the platform package. */
  readonly native?: string
  /** Where copies of the binaries may go; default: the system's temp folder. */
  readonly temp?: string
}

export interface EmbeddedServer {
  /** Superuser `postgres`, database `postgres`; holds the password. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** It ran already: its launcher was killed, or another process uses it at this moment. */
  readonly adopted: boolean
  /** Ends the server, adopted or not, unless another living process uses it too. Safe twice. */
  stop(): Promise<void>
}

/**
 * Starts the server of a folder, or adopts the one that runs on it. It listens on 127.0.0.1 only,
 * asks for a password (scram-sha-256), and as root runs as uid 65534. Several processes may start it
 * at once: one does, the others adopt. All failures are DATABASE_START with what to do.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const account = serverAccount()
  const binaries = await prepareBinaries({
    native: options.native ?? nativeFolder(),
    account,
    temp: options.temp ?? tmpdir()
  })
  const cluster = await openCluster(options.folder, options.purpose, account)
  return withLock(cluster.folder, async () => {
    const forget = await registerUser(cluster.users)
    const callOff = cluster.purpose === 'throwaway' ? watch(cluster) : () => {}
    const leave = async (): Promise<void> => {
      await end(cluster, forget)
      callOff()
    }
    try {
      const password = await ensureCluster(cluster, binaries)
      const url = (port: number): string =>
        `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
      const living = await findLiving(cluster, url)
      const server = living ?? (await launch({ cluster, binaries, port: options.port, url }))
      return handle({ cluster, server, url: url(server.port), adopted: living !== null, leave })
    } catch (error) {
      // What went wrong first is what people need to read; a server left running is found next time.
      await leave().catch(() => {})
      throw error
    }
  })
}

/** Takes this process out; the last one ends the server, and removes what was meant to be thrown away. */
async function end(cluster: Cluster, forget: () => Promise<void>): Promise<void> {
  await forget()
  if ((await livingUsers(cluster.users)) > 0) return
  await stopServer(cluster)
  if (cluster.purpose === 'throwaway') await rm(cluster.folder, { recursive: true, force: true })
}

function handle(held: {
  readonly cluster: Cluster
  readonly server: Postmaster
  readonly url: string
  readonly adopted: boolean
  readonly leave: () => Promise<void>
}): EmbeddedServer {
  const { cluster, server, url, adopted, leave } = held
  let stopped: Promise<void> | null = null
  return {
    url,
    port: server.port,
    pid: server.pid,
    adopted,
    stop: () => {
      stopped ??= withLock(cluster.folder, leave)
      return stopped
    }
  }
}
