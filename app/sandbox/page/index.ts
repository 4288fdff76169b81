/** The pages for a person's browser, and the forms on them. They act through the REST API. */
import { Hono } from 'hono'
import { AppError } from '#app/core/errors.ts'
import { addFaultPages } from './faults.ts'
import { addHomePage } from './home.ts'
import { addIssuePages } from './issue.ts'
import { addIssueForms } from './issue-forms.ts'
import { addLabelPages } from './labels.ts'
import { refuseOtherSites } from './origin.ts'
import { addPullForms } from './pull-forms.ts'
import { addRepositoryPages } from './repository.ts'
import { addRunPages } from './run.ts'
import { showFailure } from './show.ts'
import type { Site } from './site.ts'
import { addPersonForms } from './viewer.ts'

export function createPages(site: Site): Hono {
  const { world } = site
  const app = new Hono()
  app.use('/_sandbox/*', refuseOtherSites(world))
  app.get('/_sandbox/avatars/:id', context =>
    context.body(avatar(context.req.param('id')), 200, { 'content-type': 'image/svg+xml' })
  )
  addHomePage(app, site)
  addPersonForms(app, world)
  // Before the pages of repositories, whose addresses look the same.
  addFaultPages(app, site)
  addRepositoryPages(app, site)
  addLabelPages(app, site)
  addIssuePages(app, site)
  addIssueForms(app, site)
  addPullForms(app, site)
  addRunPages(app, site)
  app.all('*', () => {
    throw new AppError('NOT_FOUND', 'there is nothing at this address')
  })
  app.onError((error, context) =>
    showFailure(world, context, error, { known: [400, 403, 404, 412], other: 500 })
  )
  return app
}

/** A round of a colour that comes from the id; nothing is fetched from elsewhere. */
function avatar(id: string): string {
  const hue = (Number.parseInt(id, 10) || 0) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="20" fill="hsl(${hue} 60% 50%)"/></svg>`
}
