/** Answers with a page, framed for the person who looks. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import type { World } from '#app/sandbox/world.ts'
import { frame, page, type Sheet } from './layout.ts'
import { ownAddress } from './origin.ts'
import { personForm, viewerOf } from './viewer.ts'

/** Pages run no script, load nothing from elsewhere, and no other site may frame their buttons. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

type Status = 200 | 400 | 403 | 404 | 412 | 422 | 500

export function show(
  world: World,
  context: Context,
  sheet: Sheet,
  status: Status = 200
): Response | Promise<Response> {
  const { repository } = sheet
  const viewer = viewerOf(world, context, repository)
  const person = personForm(world, viewer, { repository, back: hereOf(world, context) })
  context.header('content-security-policy', POLICY)
  return context.html(frame(sheet, person), status)
}

/** What was not done and why, with the way back to where the form stood. */
export function showFailure(
  world: World,
  context: Context,
  error: unknown,
  statuses: { readonly known: readonly Status[]; readonly other: Status }
): Response | Promise<Response> {
  const isKnown = error instanceof AppError
  const words = isKnown ? error.message : 'This is a fault of the sandbox itself.'
  const back = context.req.method === 'GET' ? '/' : hereOf(world, context)
  const body = html`<p class="error" role="alert">${words}</p>
<p><a href="${back}">Back</a></p>`
  const status = isKnown
    ? (statuses.known.find(one => one === error.status) ?? statuses.other)
    : 500
  return show(world, context, page('That did not work', [], body), status)
}

/** The page that the browser shows or comes from; the first one when that is not ours. */
function hereOf(world: World, context: Context): string {
  const { method, url, path } = context.req
  if (method === 'GET') return path + new URL(url).search
  return ownAddress(world, context.req.header('referer') ?? '') ?? '/'
}
