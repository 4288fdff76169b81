/** What the set-up page is made of: the world it needs, and what it remembers. */
import type { AppManifest } from '#app/core/app-manifest.ts'
import type { AgentLook, GitHubPlace, RegisteredApp, SetUpPlan } from '#app/core/set-up.ts'
import type { AppRegistry, SettingsFiles } from '#app/ports/set-up.ts'

export type AgentName = SetUpPlan['agent']['name']

export interface SetUpParts {
  readonly manifest: AppManifest
  readonly webhookPath: string
  /** Where we listen. */
  readonly origin: string
  readonly registry: AppRegistry
  readonly files: SettingsFiles
  /** What the environment says already; the page does not ask for it again. */
  readonly given: {
    readonly github: GitHubPlace | null
    readonly modelKeys: { readonly codex: boolean; readonly claude: boolean }
    /** Runs have users of their own, or the person has said that they need none. */
    readonly isolated: boolean
  }
  /** As the start of a run looks for it; asked at every show of the page. */
  lookForAgent(name: AgentName, command: readonly string[]): Promise<AgentLook>
  /** A new channel of a smee server. Throws when there is no way to one. */
  newChannel(): Promise<string>
  /** Runs the App with these settings besides the environment. May be called again after it has failed. */
  start(settings: Readonly<Record<string, string>>): Promise<void>
  /** To the terminal of whoever started us. */
  say(text: string): void
  /** 256 random bits, base64url. */
  token(): string
}

/** What was said so far, step by step. */
export interface Draft {
  readonly github: GitHubPlace | null
  readonly server: SetUpPlan['server'] | null
  readonly organization: string | null
  readonly name: string
  readonly agent: SetUpPlan['agent'] | null
  readonly allowUnisolated: boolean
}

/** What has become of the App; `failure` is what a person reads. */
export type Progress =
  | { readonly kind: 'asking'; readonly failure: string | null }
  | { readonly kind: 'fetching' }
  | { readonly kind: 'made'; readonly app: RegisteredApp; readonly failure: string | null }
  | {
      readonly kind: 'kept'
      readonly app: RegisteredApp
      readonly settings: Readonly<Record<string, string>>
      readonly failure: string | null
    }
  | { readonly kind: 'running'; readonly app: RegisteredApp }

export const STEPS = ['address', 'account', 'agent', 'create', 'finish'] as const
export type Step = (typeof STEPS)[number]
