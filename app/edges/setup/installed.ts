/** Where GitHub sends people who have installed the App; served as long as the server runs. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { nextSteps } from './ending.ts'
import { page } from './layout.ts'
import { safeHeaders } from './safety.ts'
import { STYLE, STYLE_PATH } from './style.ts'
import { T } from './texts.ts'

/** Says nothing that differs from server to server, so anybody may see it. */
export function installedRoutes(): Hono {
  const app = new Hono()
  app.use('/setup/*', safeHeaders("'self'"))
  app.get(STYLE_PATH, context => context.body(STYLE, 200, { 'content-type': 'text/css' }))
  app.get('/setup/installed', context =>
    context.html(
      page(
        T.installed.title,
        null,
        html`<p>${T.installed.intro}</p><h2>${T.finish.next}</h2>${nextSteps()}`
      )
    )
  )
  return app
}
