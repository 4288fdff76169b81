/** What the forms of an issue ask of the API: comments, labels, its state. */
import type { Hono } from 'hono'
import { onIssue } from './forms.ts'
import type { Site } from './site.ts'

export function addIssueForms(app: Hono, site: Site): void {
  const base = '/_sandbox/:owner/:name/issues/:number'
  app.post(`${base}/comments`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'POST',
      path: `/issues/${issue.number}/comments`,
      body: { body: field('body') },
      next: ({ id }) => `${href}#issuecomment-${String(id)}`
    }))
  )
  app.post(`${base}/comments/:comment`, context =>
    onIssue(site, context, (field, { href }) => ({
      method: 'PATCH',
      path: `/issues/comments/${encodeURIComponent(context.req.param('comment'))}`,
      body: { body: field('body') },
      next: `${href}#issuecomment-${encodeURIComponent(context.req.param('comment'))}`
    }))
  )
  app.post(`${base}/labels/add`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'POST',
      path: `/issues/${issue.number}/labels`,
      body: { labels: [field('label').trim()] },
      next: href
    }))
  )
  app.post(`${base}/labels/remove`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'DELETE',
      path: `/issues/${issue.number}/labels/${encodeURIComponent(field('label'))}`,
      next: href
    }))
  )
  app.post(`${base}/state`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'PATCH',
      // A merged pull request, or one whose branch is gone, has rules of its own.
      path: `/${issue.pull === null ? 'issues' : 'pulls'}/${issue.number}`,
      body: { state: field('state') },
      next: href
    }))
  )
}
