/** The host's own API, on a Unix socket that only its user can open. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { describe, RunnerFailure } from '#executors/runner/failure.ts'
import { answerJson, readJson } from '#executors/runner/http.ts'
import type { StartRequest } from './attempt.ts'
import type { Attempts } from './attempts.ts'

export interface Control {
  readonly attempts: Attempts
  /** True once the host has decided to go: it takes nothing more. */
  readonly leaving: () => boolean
  /** Leaves when nothing lives here; answers whether it does. */
  readonly leave: () => boolean
}

/** Answered to everything when the host is on its way out: the caller starts another one. */
const GONE = 410

export function createControl(control: Control): Server {
  return createServer((request, response) => {
    serve(control, request, response).catch(error => {
      const code = error instanceof RunnerFailure ? error.code : 'INTERNAL'
      if (response.headersSent) response.destroy()
      else answerJson(response, 422, { code, detail: describe(error) })
    })
  })
}

async function serve(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const [, head, id = '', tail] = (request.url ?? '').split('/').map(decodeURIComponent)
  const { attempts } = control
  if (request.method === 'POST' && head === 'leave') {
    answerJson(response, 200, { left: control.leave() })
  } else if (control.leaving()) {
    answerJson(response, GONE, { code: 'EXECUTOR_UNAVAILABLE', detail: 'the host is leaving' })
  } else if (head !== 'attempts') {
    answerJson(response, 404, { code: 'NOT_FOUND', detail: 'no such path at the runner host' })
  } else if (request.method === 'POST') {
    await attempts.start((await readJson(request)) as StartRequest)
    answerJson(response, 200, {})
  } else if (request.method === 'DELETE') {
    await attempts.destroy(id)
    answerJson(response, 200, {})
  } else if (id === '') {
    answerJson(response, 200, { ids: attempts.list() })
  } else if (tail === 'logs') {
    await streamLog(attempts, id, response)
  } else {
    answerJson(response, 200, attempts.inspect(id))
  }
}

async function streamLog(attempts: Attempts, id: string, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  response.flushHeaders()
  for await (const chunk of attempts.log(id, gone.signal)) {
    if (response.write(chunk)) continue
    await new Promise<void>(resolve => {
      response.once('drain', resolve)
      response.once('close', resolve)
    })
  }
  response.end()
}
