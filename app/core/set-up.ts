/** From what a person says on the set-up page, and what GitHub made of it, to the configuration. */

/** Where a GitHub is. `webUrl` has no slash at its end. */
export interface GitHubPlace {
  readonly webUrl: string
  readonly apiUrl: string
}

export const GITHUB_COM: GitHubPlace = {
  webUrl: 'https://github.com',
  apiUrl: 'https://api.github.com'
}

/**
 * The REST address that belongs to a web address. Docs: "Getting started with the REST API" of
 * GitHub Enterprise Server (`/api/v3`) and of data residency (`api.SUBDOMAIN.ghe.com`).
 */
export function placeOf(webUrl: string): GitHubPlace {
  const { protocol, host, hostname } = new URL(webUrl)
  if (hostname === 'github.com' || hostname === 'www.github.com') return GITHUB_COM
  const own = `${protocol}//${host}`
  if (hostname.endsWith('.ghe.com')) return { webUrl: own, apiUrl: `${protocol}//api.${host}` }
  return { webUrl: own, apiUrl: `${own}/api/v3` }
}

/** What a person decides before the App is made. A null is what the environment says already. */
export interface SetUpPlan {
  readonly github: GitHubPlace | null
  /** The address that GitHub reaches, or a channel that we fetch deliveries from. */
  readonly server:
    | { readonly kind: 'public'; readonly url: string }
    | { readonly kind: 'tunnel'; readonly url: string }
  readonly agent: (
    | { readonly name: 'command'; readonly command: readonly string[] }
    | { readonly name: 'codex' | 'claude'; readonly key: string | null }
  ) & {
    /** Where its program stands, when a service would not look there by itself. */
    readonly folder: string | null
  }
  /** Runs may start although nothing but the user of this machine stands between them and its files. */
  readonly allowUnisolated: boolean
}

/** What came of looking for an agent's program as a run looks for it. */
export type AgentLook =
  /** `version` as `1.2.3`, null for a program that may be any; `folder` as in `SetUpPlan`. */
  | {
      readonly kind: 'found'
      readonly file: string
      readonly version: string | null
      readonly folder: string | null
    }
  | { readonly kind: 'absent' }
  /** It is there, and a run would fail with it; `why` says what to do. */
  | { readonly kind: 'refused'; readonly why: string }

/** Where services look: systemd.exec(5), section "Environment Variables Set or Propagated", and `/bin` itself. */
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'.split(':')

/** The file's folder; null when a service looks there by itself. `file` is an absolute path. */
export function folderToName(file: string): string | null {
  const folder = file.slice(0, file.lastIndexOf('/'))
  return SYSTEM_FOLDERS.includes(folder) ? null : folder
}

/** What GitHub hands out once, when the App is made. Everything but id, slug and page is secret. */
export interface RegisteredApp {
  readonly id: number
  readonly slug: string
  readonly name: string
  /** The App's page on GitHub; its installation page is below it. */
  readonly pageUrl: string
  readonly owner: string
  readonly privateKey: string
  readonly webhookSecret: string
}

/** The key of the environment that holds an agent's model key. */
export const MODEL_KEYS = {
  codex: 'STAGEWRIGHT_OPENAI_API_KEY',
  claude: 'STAGEWRIGHT_ANTHROPIC_API_KEY'
} as const

/** What must stand in the environment from now on, besides what stands there already. */
export function environmentOf(
  plan: SetUpPlan,
  app: RegisteredApp,
  keyFile: string
): Readonly<Record<string, string>> {
  const { github, server, agent } = plan
  return {
    STAGEWRIGHT_GITHUB_APP_ID: String(app.id),
    STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: keyFile,
    STAGEWRIGHT_WEBHOOK_SECRET: app.webhookSecret,
    ...(github === null || github.webUrl === GITHUB_COM.webUrl
      ? {}
      : {
          STAGEWRIGHT_GITHUB_WEB_URL: github.webUrl,
          STAGEWRIGHT_GITHUB_API_URL: github.apiUrl
        }),
    ...(server.kind === 'public'
      ? { STAGEWRIGHT_PUBLIC_URL: server.url }
      : { WEBHOOK_PROXY_URL: server.url }),
    STAGEWRIGHT_AGENT: agent.name,
    ...(agent.name === 'command'
      ? { STAGEWRIGHT_AGENT_COMMAND: JSON.stringify(agent.command) }
      : agent.key === null
        ? {}
        : { [MODEL_KEYS[agent.name]]: agent.key }),
    ...(agent.folder === null ? {} : { STAGEWRIGHT_AGENT_PATH: agent.folder }),
    ...(plan.allowUnisolated ? { STAGEWRIGHT_ALLOW_UNISOLATED: 'true' } : {})
  }
}
