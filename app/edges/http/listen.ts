import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { AppError } from '#app/core/errors.ts'

export interface Listener {
  /** Where it listens; loopback when it listens everywhere. */
  readonly url: string
  /** What answers. Until it is set, everything is 503. */
  handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Ends what is idle at once and the rest after two seconds. */
  close(): Promise<void>
}

const HEADERS_MS = 10_000
/** A request, a git bundle among them, must have arrived by then; answers may stream longer. */
const REQUEST_MS = 300_000
const CLOSE_MS = 2000

/** Listens before all is wired, because runners must be told the port. CONFIG_INVALID when it cannot, for example because the port is taken. */
export async function listen(address: {
  readonly host: string
  readonly port: number
}): Promise<Listener> {
  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: 65_000
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => reject(cannotListen(address, cause)))
    server.listen(address.port, address.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const written = isIPv6(address.host) ? `[${address.host}]` : address.host
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : written
  const listener: Listener = {
    url: `http://${host}:${port}`,
    handle: (_request, response) => void response.writeHead(503).end(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref()
      })
  }
  server.on('request', (request, response) => listener.handle(request, response))
  return listener
}

function cannotListen(
  address: { readonly host: string; readonly port: number },
  cause: Error
): AppError {
  const where = `${address.host}:${address.port}`
  const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
  const fix = taken
    ? 'something listens there already; set PORT to a free one'
    : `${cause.message}; check HOST and PORT`
  return new AppError('CONFIG_INVALID', `listening on ${where}: ${fix}`, { cause })
}
