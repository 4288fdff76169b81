/** Keeps forms of other sites out: their pages in the same browser must not press buttons here. */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '#app/core/errors.ts'
import type { World } from '#app/sandbox/world.ts'

export function refuseOtherSites(world: Pick<World, 'url'>): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header('origin')
    if (context.req.method === 'POST' && origin !== undefined && !isOurs(world, origin)) {
      const what = `it comes from ${origin}, not from ${world.url}`
      throw new AppError('FORBIDDEN', `taking a form: ${what}`)
    }
    await next()
  }
}

/** Path and query of an address on this server; null for one elsewhere. */
export function ownAddress(world: Pick<World, 'url'>, address: string): string | null {
  if (!URL.canParse(address, world.url)) return null
  const { origin, pathname, search } = new URL(address, world.url)
  // Two slashes at the start of a path would be read as the name of another server.
  return isOurs(world, origin) && !pathname.startsWith('//') ? pathname + search : null
}

/** Loopback has several names, and a person may have typed another one; the port is ours alone. */
function isOurs({ url }: Pick<World, 'url'>, origin: string): boolean {
  const [ours, other] = [new URL(url), URL.parse(origin)]
  return other?.protocol === ours.protocol && other.port === ours.port && isLoopback(other.hostname)
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
