/** An upstream's answer as it streams, to a runner that may leave, from an upstream that may break off. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Log } from '#app/ports/platform.ts'

/**
 * Writes the answer to the runner's connection and resolves when it ended, either way. An upstream that
 * breaks off cuts the connection, so that what arrived is not taken for the whole; a runner that leaves
 * cancels the upstream. Left to the server's library, each would print a stack beside our log.
 */
export async function relay(
  answer: Response,
  { outgoing }: Pick<HttpBindings, 'outgoing'>,
  log: Pick<Log, 'warn'>
): Promise<Response> {
  if (answer.body === null) return answer
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  const body = Readable.fromWeb(answer.body as ReadableStream)
  try {
    await pipeline(body, outgoing)
  } catch (error) {
    const hasLeft = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!hasLeft) log.warn({ err: error }, 'an answer for a runner broke off upstream')
  }
  return RESPONSE_ALREADY_SENT
}
