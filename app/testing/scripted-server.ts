/** An HTTP server on a free port whose answers a test writes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface ScriptedServer {
  readonly url: string
  /** Requests so far, in order. */
  readonly requests: ReadonlyArray<{
    readonly method: string
    readonly path: string
    readonly headers: IncomingMessage['headers']
  }>
  close(): Promise<void>
}

export async function startScriptedServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void
): Promise<ScriptedServer> {
  const requests: Array<ScriptedServer['requests'][number]> = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, path: url, headers })
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/** Sends a JSON answer. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}
