/** What keeps other people of this machine, and other pages of this browser, out. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/

/** No script, nothing from elsewhere; forms go to `formTargets` (CSP sources). */
export function safeHeaders(formTargets: string): MiddlewareHandler {
  return async (context, next) => {
    await next()
    setSafeHeaders(context, formTargets)
  }
}

export function setSafeHeaders(context: Context, formTargets: string): void {
  const policy = `default-src 'none'; style-src 'self'; form-action ${formTargets}; base-uri 'none'; frame-ancestors 'none'`
  context.header('content-security-policy', policy)
  context.header('cache-control', 'no-store')
  // The origin alone: a form's Origin header must stay, and no address of ours may leave.
  context.header('referrer-policy', 'strict-origin')
  context.header('x-content-type-options', 'nosniff')
  context.header('x-frame-options', 'DENY')
  context.header('cross-origin-opener-policy', 'same-origin')
}

/** A name that a page elsewhere has pointed at 127.0.0.1 (DNS rebinding) is none of these. */
export function isOwnHost(host: string | undefined): host is string {
  return host !== undefined && LOOPBACK.test(host)
}

/** A form of ours: browsers name the page that a POST comes from, and other pages cannot forge it. */
export function isOwnForm(context: Context): boolean {
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return false
  return context.req.header('origin') === `http://${context.req.header('host')}`
}

/** In constant time, whatever the lengths. */
export function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}
