import type { CommandDefinition } from '#app/core/decision.ts'
import type { Settings } from '#app/core/settings.ts'
import type { StageGraph } from '#app/core/stage.ts'
import type { AppHook } from '#app/ports/app-hook.ts'
import type { Executor } from '#app/ports/executor.ts'
import type { GitStore, SecretScanner } from '#app/ports/gate.ts'
import type {
  GitHubBranches,
  GitHubReads,
  GitHubWrites,
  GitUpstream,
  RepositoryAccess
} from '#app/ports/github.ts'
import type { Inbox } from '#app/ports/inbox.ts'
import type { Clock, Ids, Log, Redactor } from '#app/ports/platform.ts'
import type { Store } from '#app/ports/store.ts'
import type { Wake } from '#app/ports/workers.ts'

/** Everything verbs may ask for; each verb picks the slice it needs. */
export interface World {
  readonly store: Store
  readonly inbox: Inbox
  readonly wake: Pick<Wake, 'hint'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly redactor: Redactor
  readonly settings: Settings
  readonly stages: StageGraph
  readonly commands: readonly CommandDefinition[]
  readonly appHook: AppHook
  readonly github: GitHubReads & GitHubBranches & GitHubWrites & RepositoryAccess & GitUpstream
  readonly git: GitStore
  readonly scanner: SecretScanner
  /** Runs that this replica has in hand now. */
  readonly load: () => number
  readonly executors: Readonly<Record<string, Executor>>
}
