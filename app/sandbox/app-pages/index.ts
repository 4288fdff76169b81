/** Pages about Apps, at GitHub's addresses: registering, settings, deliveries, installing. */
import { Hono } from 'hono'
import { refuseOtherSites } from '#app/sandbox/page/origin.ts'
import { showFailure } from '#app/sandbox/page/show.ts'
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
  app.onError((error, context) =>
    showFailure(world, context, error, { known: [403, 404], other: 422 })
  )
  return app
}
