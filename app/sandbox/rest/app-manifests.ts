/** Credentials for the code of the manifest flow. Docs: "REST API endpoints for GitHub Apps". */
import { notFound } from '#app/sandbox/refusal.ts'
import { appJson } from '#app/sandbox/wire/account.ts'
import { type Answer, type Call, created, type GlobalRoute } from './route.ts'

export const appManifestRoutes: readonly GlobalRoute[] = [
  { method: 'POST', path: '/app-manifests/:code/conversions', caller: 'any', run: convert }
]

/** 201 once; 404 for a code that is strange, used, or older than an hour. */
function convert(call: Call): Answer {
  const { state, now } = call.world
  const code = call.params.code ?? ''
  const found = state.conversions.get(code)
  state.conversions.delete(code)
  if (found === undefined || found.expiresAt <= now().getTime()) throw notFound()
  const { app, clientSecret, webhookSecret } = found
  return created({
    ...appJson(call.world, app),
    client_id: app.clientId,
    client_secret: clientSecret,
    webhook_secret: webhookSecret,
    pem: app.privateKey
  })
}
