/** `/healthz` (the process lives), `/readyz` (it can do its work), `/metrics` (Prometheus text). */
import { Hono } from 'hono'
import type { Registry } from 'prom-client'

export interface Readiness {
  /** Resolves when the database answers and its schema is ours; rejects with why not. */
  readonly check: () => Promise<void>
  /** True while the process drains: take it out of the balancer. */
  readonly draining: () => boolean
}

const CHECK_MS = 2000

export function healthRoutes(
  readiness: Readiness,
  registry: Pick<Registry, 'metrics' | 'contentType'>
): Hono {
  const app = new Hono()
  app.get('/healthz', context => context.json({ status: 'ok' }))
  app.get('/readyz', async context => {
    if (readiness.draining()) return context.json({ status: 'draining' }, 503)
    try {
      await Promise.race([readiness.check(), late()])
      return context.json({ status: 'ready' })
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown'
      return context.json({ status: 'not_ready', reason }, 503)
    }
  })
  app.get('/metrics', async context =>
    context.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  )
  return app
}

async function late(): Promise<never> {
  await new Promise(resolve => setTimeout(resolve, CHECK_MS).unref())
  throw new Error(`the database did not answer within ${CHECK_MS} ms`)
}
