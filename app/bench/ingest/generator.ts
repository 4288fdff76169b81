/** The program that sends deliveries: a process of its own, so that it slows no subject down from within. */
import { setTimeout as delay } from 'node:timers/promises'
import { requestHead, type SignedBody, type Size, signedBodies } from './bodies.ts'
import { Connection } from './connection.ts'

/** Sends the bodies `from` to `from + count`, each once. */
export interface Load {
  readonly url: string
  readonly size: Size
  readonly from: number
  readonly count: number
  /** Null: closed loop, the next one is sent when one is answered. Else so many a second, come what may. */
  readonly rate: number | null
  /** Prefix of the delivery ids; the same one again makes duplicates. */
  readonly prefix: string
}

export interface Sent {
  readonly seconds: number
  /** Of this process. */
  readonly cpuSeconds: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** From the moment a request was due to its whole answer; in the order of the answers. */
  readonly milliseconds: readonly number[]
}

/** GitHub, too, sends over many connections at once. */
const CONNECTIONS = 20
const BODIES = 5000

interface Request {
  readonly head: string
  readonly body: Buffer
}

const bodies = new Map<Size, readonly SignedBody[]>()

async function send(load: Load): Promise<Sent> {
  const { pathname, port } = new URL(load.url)
  const requests = prepare(load, pathname)
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => Connection.open(Number(port)))
  )
  const statuses: Record<string, number> = {}
  const milliseconds: number[] = []
  const exchange = async (connection: Connection, request: Request, due: number): Promise<void> => {
    const status = await connection.request(request.head, request.body)
    milliseconds.push(performance.now() - due)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const cpu = process.cpuUsage()
  const began = performance.now()
  if (load.rate === null) await closedLoop(connections, requests, exchange)
  else await openLoop(connections, requests, exchange, load.rate)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of connections) connection.close()
  return { seconds, cpuSeconds: (user + system) / 1e6, statuses, milliseconds }
}

function prepare(load: Load, path: string): readonly Request[] {
  const all = bodies.get(load.size) ?? signedBodies(load.size, BODIES)
  bodies.set(load.size, all)
  return Array.from({ length: load.count }, (_, index) => {
    const number = (load.from + index) % BODIES
    const signed = all[number] as SignedBody
    return { head: requestHead(signed, path, `${load.prefix}-${number}`), body: signed.body }
  })
}

type Exchange = (connection: Connection, request: Request, due: number) => Promise<void>

async function closedLoop(
  connections: readonly Connection[],
  requests: readonly Request[],
  exchange: Exchange
): Promise<void> {
  let next = 0
  await Promise.all(
    connections.map(async connection => {
      for (;;) {
        const request = requests[next]
        next += 1
        if (request === undefined) return
        await exchange(connection, request, performance.now())
      }
    })
  )
}

/** A request whose turn has come waits for a free connection; its waiting counts. */
async function openLoop(
  connections: readonly Connection[],
  requests: readonly Request[],
  exchange: Exchange,
  rate: number
): Promise<void> {
  const free = [...connections]
  const due: Array<readonly [Request, number]> = []
  const running = new Set<Promise<void>>()
  const pump = (): void => {
    while (free.length > 0 && due.length > 0) {
      const [connection, turn] = [free.pop(), due.shift()]
      if (connection === undefined || turn === undefined) return
      const done = exchange(connection, ...turn).then(() => {
        running.delete(done)
        free.push(connection)
        pump()
      })
      running.add(done)
    }
  }
  const began = performance.now()
  for (const [index, request] of requests.entries()) {
    const at = began + (index * 1000) / rate
    const early = at - performance.now()
    if (early > 0) await delay(early)
    due.push([request, at])
    pump()
  }
  while (running.size > 0) await Promise.all(running)
}

process.on('message', (load: Load) => {
  send(load).then(
    sent => process.send?.({ sent }),
    (error: unknown) => process.send?.({ failure: String(error) })
  )
})
process.on('disconnect', () => process.exit())
