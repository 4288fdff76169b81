/** One address in front of several web processes: round robin, and past those that are down. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Balancer {
  readonly url: string
  /** Replaces the list, for example when a process came back on another port. */
  setTargets(urls: readonly string[]): void
  close(): Promise<void>
}

/** Listens on 127.0.0.1, on a free port. Without a living target it answers 502. */
export async function startBalancer(): Promise<Balancer> {
  let targets: readonly URL[] = []
  let turn = 0
  const server = createServer((incoming, outgoing) => {
    turn += 1
    const from = turn % Math.max(targets.length, 1)
    const order = [...targets.slice(from), ...targets.slice(0, from)]
    void forward(order, incoming, outgoing)
  })
  // Long calls (git, the model) must not be cut here.
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    setTargets(urls) {
      targets = urls.map(url => new URL(url))
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

async function forward(
  order: readonly URL[],
  incoming: IncomingMessage,
  outgoing: ServerResponse
): Promise<void> {
  const socket = await firstLiving(order)
  if (socket === null) {
    outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('no web process answers\n')
    return
  }
  const { method, url: path, headers } = incoming
  const upstream = request({
    createConnection: () => socket,
    method,
    path,
    headers: { ...headers, connection: 'close' }
  })
  upstream.on('response', answer => {
    const { connection: _, 'keep-alive': _idle, ...kept } = answer.headers
    outgoing.writeHead(answer.statusCode ?? 502, kept)
    answer.pipe(outgoing)
    answer.on('error', () => outgoing.destroy())
  })
  upstream.on('error', () => {
    // The target died under the call: the caller sees a cut or a 502, as behind any proxy.
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502).end()
  })
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}

/** A connection to the first target that takes one; nothing was sent to the others. */
async function firstLiving(order: readonly URL[]): Promise<Socket | null> {
  for (const target of order) {
    const socket = connect(Number(target.port), target.hostname)
    const connected = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (connected) return socket
  }
  return null
}
