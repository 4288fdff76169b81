/** From a manifest to an App, and from the code in the browser to the App's credentials. */
import { randomBytes } from 'node:crypto'
import { type RegisteredApp, registerApp } from '#app/sandbox/app.ts'
import { eventsOf } from '#app/sandbox/events.ts'
import type { Account } from '#app/sandbox/state.ts'
import { stamp, type World } from '#app/sandbox/world.ts'
import type { Manifest } from './manifest.ts'

/** Docs: "Registering a GitHub App from a manifest": the flow must be ended within one hour. */
const CODE_LIFE_MS = 3_600_000

/** Registers the App with a webhook of its own, tells the webhook with a ping, and gives the code. */
export async function registerFromManifest(
  world: World,
  owner: Account,
  manifest: Manifest
): Promise<{ readonly app: RegisteredApp; readonly code: string }> {
  const { hook, redirectUrl: _, ...settings } = manifest
  const app = await registerApp(world, owner, settings)
  const secret = hook === null ? null : randomBytes(20).toString('hex')
  world.webhooks.target = hook === null ? null : { ...hook, secret: secret ?? '' }
  world.webhooks.enqueue('ping', pingJson(world, app))
  const code = randomBytes(20).toString('hex')
  world.state.conversions.set(code, {
    app,
    webhookSecret: secret,
    clientSecret: randomBytes(20).toString('hex'),
    expiresAt: world.now().getTime() + CODE_LIFE_MS
  })
  return { app, code }
}

/** Docs: "Webhook events and payloads", ping: the first thing that a new App's webhook gets. */
function pingJson(world: World, app: RegisteredApp) {
  const { target } = world.webhooks
  return {
    zen: 'Practicality beats purity.',
    hook_id: app.hookId,
    hook: {
      type: 'App',
      id: app.hookId,
      name: 'web',
      active: target?.active !== false,
      events: eventsOf(app),
      config: {
        content_type: 'json',
        insecure_ssl: '0',
        secret: '********',
        url: target?.url ?? ''
      },
      updated_at: stamp(world),
      created_at: stamp(world),
      app_id: app.id,
      deliveries_url: `${world.apiUrl}/app/hook/deliveries`
    }
  }
}
