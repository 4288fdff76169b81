import { environmentOf, type RegisteredApp, type SetUpPlan } from '#app/core/set-up.ts'
import type { AppRegistry, SettingsFiles } from '#app/ports/set-up.ts'

/**
 * Fetches the App that GitHub has made. Its secrets come only this once, so the caller keeps them
 * until `keepApp` has written them.
 */
export function fetchApp(
  world: { readonly registry: AppRegistry },
  apiUrl: string,
  code: string
): Promise<RegisteredApp> {
  return world.registry.convert(apiUrl, code)
}

/** Writes key and settings, and answers the settings. May be repeated until it succeeds. */
export async function keepApp(
  world: { readonly files: SettingsFiles },
  plan: SetUpPlan,
  app: RegisteredApp
): Promise<Readonly<Record<string, string>>> {
  const keyFile = await world.files.keepKey(app.id, app.privateKey)
  const settings = environmentOf(plan, app, keyFile)
  await world.files.add(settings)
  return settings
}
