/** Runs attempts as processes of this machine, each in its own folder and, as root, under its own user. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { AttemptState } from '#app/core/attempt.ts'
import type { Executor } from '#app/ports/executor.ts'
import type { StartRequest } from '#executors/runner/host/attempt.ts'
import { HostClient } from './host-client.ts'
import { requireAgent, runUser } from './require-agent.ts'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const DEFAULT_LOG_BYTES = 64 * 1024 * 1024
const DEFAULT_IDLE_SECONDS = 60

export interface LocalOptions {
  /** Folder of this machine's attempts and of their runner host; made when it is not there. */
  readonly stateDir: string
  /** User ids for runs, as root only; one a live attempt. Not 65534, which embedded Postgres uses. */
  readonly uids: { readonly first: number; readonly count: number } | null
  /** Refuse to start (NOT_ISOLATED) where the run would share this machine's user. */
  readonly requireIsolation: boolean
  /** The smaller of this and the app's own limit holds; default 64 MiB. */
  readonly maxLogBytes?: number
  /** PATH of launcher, git and agent; default the usual system folders. */
  readonly path?: string
  /** Seconds without a live attempt after which the runner host leaves; default 60. */
  readonly idleSeconds?: number
}

/** `close` lets go of the runner host, which leaves at once when nothing runs; live attempts go on. */
export type LocalExecutor = Executor & { close(): Promise<void> }

export function localExecutor(options: LocalOptions): LocalExecutor {
  const stateDir = resolve(options.stateDir)
  const path = options.path ?? DEFAULT_PATH
  const { uids, requireIsolation } = options
  const idleSeconds = options.idleSeconds ?? DEFAULT_IDLE_SECONDS
  const host = new HostClient({ stateDir, path, idleSeconds })
  const user = runUser(uids)

  return {
    name: 'local',
    async start(spec) {
      await requireAgent({ name: spec.agent.name, command: spec.agent.command, path, user })
      mkdirSync(stateDir, { recursive: true })
      const maxLogBytes = options.maxLogBytes ?? DEFAULT_LOG_BYTES
      const body: StartRequest = { spec, uids, requireIsolation, path, maxLogBytes }
      await host.ask({ method: 'POST', path: '/attempts', body })
    },
    async inspect(id) {
      if (host.isEmpty()) return { kind: 'absent' }
      return (await host.ask({ method: 'GET', path: at(id) })) as AttemptState
    },
    async *list() {
      if (host.isEmpty()) return
      const { ids } = (await host.ask({ method: 'GET', path: '/attempts' })) as { ids: string[] }
      yield* ids
    },
    logs: (id, signal) => (host.isEmpty() ? none() : readLines(host, id, signal)),
    async destroy(id) {
      if (host.isEmpty()) return
      await host.ask({ method: 'DELETE', path: at(id) })
    },
    close: () => host.leave()
  }
}

function at(id: string): string {
  return `/attempts/${encodeURIComponent(id)}`
}

async function* none(): AsyncGenerator<string> {}

async function* readLines(
  host: HostClient,
  id: string,
  signal: AbortSignal
): AsyncGenerator<string> {
  if (signal.aborted) return
  let rest = ''
  try {
    const answer = await host.open({ method: 'GET', path: `${at(id)}/logs`, signal })
    answer.setEncoding('utf8')
    for await (const text of answer as AsyncIterable<string>) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  if (rest !== '') yield rest
}
