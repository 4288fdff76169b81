import type { Context } from 'hono'
import { AppError } from '#app/core/errors.ts'
import type { Log } from '#app/ports/platform.ts'

/** RFC 9457 problem document. People see a known code's message, and an incident id for anything else. */
export function problemOf(log: Log, error: unknown, context: Context): Response {
  const known = error instanceof AppError ? error : null
  const incident = crypto.randomUUID()
  if (known === null || known.status >= 500) {
    log.error({ err: error, incident, path: context.req.path }, 'request went wrong')
  } else {
    log.info({ code: known.code, path: context.req.path }, 'request refused')
  }
  const document = {
    type: 'about:blank',
    title: known?.code ?? 'INTERNAL',
    status: known?.status ?? 500,
    code: known?.code ?? 'INTERNAL',
    detail: known?.message ?? `something went wrong here; incident ${incident} is in the log`
  }
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { 'content-type': 'application/problem+json' }
  })
}
