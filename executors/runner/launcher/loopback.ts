/** The loopback port for git and the agent: forwards git reads and model calls of this run, nothing else. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { answerJson, forward, passHeaders } from '#executors/runner/http.ts'

/** Not by import, for the reason in `http.ts`. */
const { Agent, createServer } = process.getBuiltinModule('node:http')
const IDLE_MS = 15 * 60_000
/** Leaves room for the launcher's own calls among the connections that the runner takes. */
const MOST_SOCKETS = 32

/** Base address with this run's random path, without a slash at the end. */
export interface Loopback {
  readonly url: string
  close(): void
}

/** A run's path: 32 hex digits that nobody can guess. */
export function randomPath(): string {
  return randomHex(16)
}

/** The text with `[loopback]` in the place of that address, and of its path where that stands alone. */
export function hideLoopback(text: string, path: string): string {
  // Nearly every line is without it.
  if (!text.includes(path)) return text
  // In JSON a slash may have a backslash before it.
  const address = String.raw`(?:https?:(?:\\?/){2}[\w.:[\]-]+\\?)?/?${path}`
  return text.replace(new RegExp(address, 'g'), '[loopback]')
}

/**
 * Every local process can reach the port, so a request must name this run's path (`randomPath`).
 * Anything else is answered 404 without a word about what stands here.
 */
export function openLoopback(socketPath: string, path: string): Promise<Loopback> {
  const secret = `/${path}`
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS })
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    const rest = url.slice(secret.length)
    if (!url.startsWith(secret) || !/^\/(git|model)\//.test(rest)) {
      answerJson(response, 404, { code: 'NOT_FOUND', detail: 'nothing here' })
      return
    }
    const headers = passHeaders(request.headers, ['host'])
    forward(request, response, { to: { socketPath }, path: rest, headers, idleMs: IDLE_MS, agent })
  })
  server.requestTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        url: `http://127.0.0.1:${port}${secret}`,
        close: () => {
          server.close()
          server.closeAllConnections()
        }
      })
    })
  })
}

/** From the system itself: to load node:crypto for these few bytes would take longer than the rest of this file. */
function randomHex(bytes: number): string {
  const source = openSync('/dev/urandom', 'r')
  try {
    const random = Buffer.alloc(bytes)
    if (readSync(source, random) !== bytes) throw new Error('the system gave no random bytes')
    return random.toString('hex')
  } finally {
    closeSync(source)
  }
}
