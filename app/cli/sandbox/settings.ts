/** What an App has to be told so that it takes the sandbox for GitHub, as files for `node --env-file`. */
import type { Sandbox } from '#app/sandbox/index.ts'

export interface AppSettings {
  readonly appId: number
  readonly privateKeyPath: string
  readonly webhookSecret: string
}

/** Probot's own names; docs: "Configuration" at probot.github.io. */
export function probotSettings(sandbox: Sandbox, app: AppSettings): Record<string, string> {
  const { host, protocol } = new URL(sandbox.url)
  return {
    APP_ID: String(app.appId),
    PRIVATE_KEY_PATH: app.privateKeyPath,
    WEBHOOK_SECRET: app.webhookSecret,
    GHE_HOST: host,
    GHE_PROTOCOL: protocol.replace(':', '')
  }
}

/** Everything but the agent, which is not GitHub's matter. */
export function stagewrightSettings(
  sandbox: Sandbox,
  app: AppSettings,
  owner: string
): Record<string, string> {
  return {
    STAGEWRIGHT_GITHUB_APP_ID: String(app.appId),
    STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: app.privateKeyPath,
    STAGEWRIGHT_WEBHOOK_SECRET: app.webhookSecret,
    STAGEWRIGHT_GITHUB_API_URL: sandbox.apiUrl,
    STAGEWRIGHT_GITHUB_WEB_URL: sandbox.url,
    STAGEWRIGHT_OWNERS: owner,
    STAGEWRIGHT_SANDBOX: 'true'
  }
}

/** A file that `node --env-file` and a shell's `source` read alike. */
export function envFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('')
}
