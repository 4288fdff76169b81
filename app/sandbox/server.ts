/** The HTTP server: git clients on the raw connection, everything else through Hono. */
import { createServer, type Server } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { createAppPages } from '#app/sandbox/app-pages/index.ts'
import { createGraphql, type GraphqlParts } from '#app/sandbox/graphql/serve.ts'
import { createPages } from '#app/sandbox/page/index.ts'
import { createRest } from '#app/sandbox/rest/index.ts'
import type { RestParts } from '#app/sandbox/rest/serve.ts'
import { isGitPath, serveGit } from './git-http.ts'
import type { World } from './world.ts'

interface RunningServer {
  readonly world: World
  close(): Promise<void>
}

/** Listens on 127.0.0.1, then makes the parts, which need the address. */
export async function listen(
  port: number,
  makeParts: (url: string) => RestParts & GraphqlParts
): Promise<RunningServer> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  const parts = makeParts(`http://127.0.0.1:${taken}`)
  const { world } = parts

  const app = new Hono<{ Bindings: HttpBindings }>()
  const rest = createRest(parts)
  app.route('/api/v3', rest)
  app.route('/', createGraphql(parts))
  app.route('/', createAppPages(world))
  app.route(
    '/',
    createPages({
      world,
      faults: parts.faults,
      callRest: (path, init) => rest.request(path, init)
    })
  )
  const listener = getRequestListener(app.fetch)

  server.on('request', (request, response) => {
    if (!isGitPath(pathOf(request.url ?? '/'))) {
      void listener(request, response)
      return
    }
    serveGit(parts, request, response).catch(() => {
      // The client went away, or git could not be started; there is nobody left to tell more.
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  return { world, close: () => closeServer(server) }
}

/** Of what a client sends as its target, which need not make an address (`//`). */
function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
