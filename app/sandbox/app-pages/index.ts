/** Pages about Apps, at GitHub's addresses: registering, settings, deliveries, installing. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { page } from '#app/sandbox/page/layout.ts'
import { refuseOtherSites } from '#app/sandbox/page/origin.ts'
import type { World } from '#app/sandbox/world.ts'
import { addInstallPages } from './install.ts'
import { addInstallationPages } from './installation.ts'
import { addRegisterPages } from './register.ts'
import { addSettingsPages } from './settings.ts'

export function createAppPages(world: World): Hono {
  const app = new Hono()
  app.use('/_sandbox/app-pages/*', refuseOtherSites(world))
  addRegisterPages(app, world)
  addSettingsPages(app, world)
  addInstallPages(app, world)
  addInstallationPages(app, world)
  app.onError((error, context) => {
    const known = error instanceof AppError
    const words = known ? error.message : 'This is a fault of the sandbox itself.'
    const body = html`<p class="error">${words}</p>`
    const status = known ? (([403, 404] as const).find(one => one === error.status) ?? 422) : 500
    return context.html(page('That did not work', [], body), status)
  })
  return app
}
