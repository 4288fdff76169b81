/** Every REST operation of the sandbox. */
import { Hono } from 'hono'
import { Refusal } from '#app/sandbox/refusal.ts'
import { admit, enter } from './access.ts'
import { appHookRoutes } from './app-hook.ts'
import { appManifestRoutes } from './app-manifests.ts'
import { appRoutes } from './apps.ts'
import { checkRoutes } from './checks.ts'
import { commentRoutes } from './comments.ts'
import { commitRoutes } from './commits.ts'
import { contentRoutes } from './contents.ts'
import { issueRoutes } from './issues.ts'
import { labelRoutes } from './labels.ts'
import { mergeRoutes } from './merge.ts'
import { peopleRoutes, repositoryRoutes } from './people.ts'
import { pullRoutes } from './pulls.ts'
import { reactionRoutes } from './reactions.ts'
import { refRoutes } from './refs.ts'
import { reviewCommentRoutes } from './review-comments.ts'
import { reviewRoutes } from './reviews.ts'
import type { GlobalRoute, RepositoryRoute } from './route.ts'
import { type Env, type RestParts, serve } from './serve.ts'
import { treeRoutes } from './trees.ts'
import { workflowRoutes } from './workflows.ts'

const GLOBAL_ROUTES: readonly GlobalRoute[] = [
  ...appRoutes,
  ...appHookRoutes,
  ...appManifestRoutes,
  ...peopleRoutes
]

const REPOSITORY_ROUTES: readonly RepositoryRoute[] = [
  ...repositoryRoutes,
  // Before the routes of issues and pulls by number, which would take "comments" for one.
  ...commentRoutes,
  ...reactionRoutes,
  ...reviewCommentRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...pullRoutes,
  ...mergeRoutes,
  ...reviewRoutes,
  ...checkRoutes,
  ...contentRoutes,
  ...refRoutes,
  ...treeRoutes,
  ...workflowRoutes,
  ...commitRoutes
]

/** `METHOD /path` of all that is offered, with `:name` for what changes. */
export const OFFERED: readonly string[] = [
  ...GLOBAL_ROUTES.map(route => `${route.method} ${route.path}`),
  ...REPOSITORY_ROUTES.map(route => `${route.method} /repos/:owner/:repo${route.path}`)
]

/** The API, to be mounted at /api/v3. */
export function createRest(parts: RestParts): Hono<Env> {
  const app = new Hono<Env>()
  for (const route of GLOBAL_ROUTES) {
    app.on(route.method, route.path, context =>
      serve(parts, context, async (call, actor) => {
        admit(actor, route.caller)
        return route.run(call)
      })
    )
  }
  for (const route of REPOSITORY_ROUTES) {
    app.on(route.method, `/repos/:owner/:repo${route.path}`, context =>
      serve(parts, context, async (call, actor) => {
        const params = call.params
        const entered = enter(parts.world, actor, { params, needs: route.needs })
        return route.run({ ...call, ...entered })
      })
    )
  }
  app.all('*', context =>
    serve(parts, context, async () => {
      throw new Refusal(404, 'Not Found')
    })
  )
  return app
}
