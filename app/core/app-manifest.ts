/** What the App is registered with on GitHub. Docs: "Registering a GitHub App from a manifest". */

/** `app.yml`, parsed: what we ask for, each with its reason. */
export interface AppManifest {
  /** Where people read about the product. */
  readonly url: string
  readonly permissions: ReadonlyArray<{
    readonly name: string
    readonly access: 'read' | 'write'
    readonly reason: string
  }>
  readonly events: ReadonlyArray<{ readonly name: string; readonly reason: string }>
}

/** What differs from one registration to another. */
export interface Registration {
  /** Unique on the whole of GitHub; at most 34 characters. The person may still change it there. */
  readonly name: string
  /** Where GitHub sends its deliveries. */
  readonly hookUrl: string
  /** Where GitHub sends the person back with the code. */
  readonly redirectUrl: string
  /** Where GitHub sends people who have installed the App. */
  readonly setupUrl: string
}

/** The parameters of GitHub's manifest flow. The App is private: only its owner's account may install it. */
export function registrationManifest(
  manifest: AppManifest,
  registration: Registration
): Readonly<Record<string, unknown>> {
  return {
    name: registration.name,
    url: manifest.url,
    public: false,
    hook_attributes: { url: registration.hookUrl, active: true },
    redirect_url: registration.redirectUrl,
    setup_url: registration.setupUrl,
    default_permissions: Object.fromEntries(
      manifest.permissions.map(({ name, access }) => [name, access])
    ),
    default_events: manifest.events.map(({ name }) => name)
  }
}
