/** What the forms of a pull request ask of the API: reviews, comments on lines, the merge. */
import type { Hono } from 'hono'
import { onIssue } from './forms.ts'
import type { Site } from './site.ts'

export function addPullForms(app: Hono, site: Site): void {
  const base = '/_sandbox/:owner/:name/pull/:number'
  app.post(`${base}/reviews`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'POST',
      path: `/pulls/${issue.number}/reviews`,
      body: { event: field('event'), body: field('body') },
      next: href
    }))
  )
  app.post(`${base}/comments`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'POST',
      path: `/pulls/${issue.number}/comments`,
      body: {
        commit_id: issue.pull?.headSha,
        path: field('path'),
        line: Number(field('line')),
        side: field('side') === 'LEFT' ? 'LEFT' : 'RIGHT',
        body: field('body')
      },
      next: href
    }))
  )
  app.post(`${base}/merge`, context =>
    onIssue(site, context, (field, { issue, href }) => ({
      method: 'PUT',
      path: `/pulls/${issue.number}/merge`,
      // The head that was looked at: what came after it is not merged unseen.
      body: { merge_method: field('method'), sha: field('sha') },
      next: href
    }))
  )
}
