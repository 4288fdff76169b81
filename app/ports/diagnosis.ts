/** What `stagewright doctor` asks the world; every answer is facts, judged in `core/doctor`. */
import type { DatabaseFacts } from '#app/core/doctor/database.ts'
import type { AppFacts, InstallationFacts } from '#app/core/doctor/github-app.ts'
import type { DiskFacts, GitFacts, IsolationFacts } from '#app/core/doctor/machine.ts'
import type { HookFacts, LoggedAttempt } from '#app/core/doctor/webhook.ts'
import type { WorkflowFacts } from '#app/core/doctor/workflows.ts'
import type { AppError } from '#app/core/errors.ts'

/** A repository as an installation of the App sees it. */
export interface SeenRepository {
  readonly providerId: number
  readonly owner: string
  readonly name: string
  readonly defaultBranch: string
  readonly url: string
}

/** The App on GitHub, asked with its own key. Throws the same codes as the other GitHub ports. */
export interface AppAccount {
  /** `secondsAhead`: our clock minus GitHub's. */
  about(): Promise<{ readonly app: AppFacts; readonly secondsAhead: number }>
  installations(): Promise<readonly InstallationFacts[]>
  /** With the token of one installation, which is asked for nothing but reading. */
  repositories(installation: number): Promise<readonly SeenRepository[]>
  /** Names of the repository's labels. */
  labels(installation: number, repository: SeenRepository): Promise<readonly string[]>
  /**
   * Every workflow file of each repository's default branch, in the order given; for a repository
   * that could not be read its error. Throws what concerns no single one.
   */
  workflows(
    installation: number,
    repositories: readonly SeenRepository[]
  ): Promise<ReadonlyArray<readonly WorkflowFacts[] | AppError>>
}

/** The App's webhook on GitHub. */
export interface AppHookFacts {
  hook(): Promise<HookFacts>
  /** The last attempts in GitHub's delivery log, newest first, at most 30. */
  attempts(): Promise<readonly LoggedAttempt[]>
}

/** The database that the app would use; null: an embedded one that the first start will make. Throws DATABASE_UNREACHABLE. */
export interface DatabaseInspector {
  inspect(): Promise<DatabaseFacts | null>
}

/** This machine. */
export interface MachineInspector {
  disk(folder: string): Promise<DiskFacts>
  /** Whose processes runs of this machine are. */
  isolation(): Promise<IsolationFacts>
  /** The git on the server's PATH, started once for its version; null when there is none. */
  git(): Promise<GitFacts | null>
  /**
   * The version that the agent's program names, null when it names none. Throws AGENT_MISSING, for a
   * program that is not there, may not be run by a run's user, or is too old.
   */
  agentVersion(agent: string, command: readonly string[]): Promise<string | null>
}

/** A provider's list of models, which costs nothing: throws MODEL_UNAVAILABLE. */
export interface ModelProbe {
  models(provider: string): Promise<readonly string[]>
}
