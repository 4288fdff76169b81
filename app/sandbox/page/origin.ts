/** Keeps forms of other sites out: their pages in the same browser must not press buttons here. */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '#app/core/errors.ts'
import type { World } from '#app/sandbox/world.ts'

export function refuseOtherSites(world: Pick<World, 'url'>): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header('origin')
    if (context.req.method === 'POST' && origin !== undefined && origin !== world.url) {
      const what = `it comes from ${origin}, not from ${world.url}`
      throw new AppError('FORBIDDEN', `taking a form: ${what}`)
    }
    await next()
  }
}
