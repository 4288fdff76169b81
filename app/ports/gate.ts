/** Checking and pushing what a runner handed back, on bare repositories of our own. */
import type { Repository } from '#app/core/project.ts'

export interface ChangedFile {
  readonly path: string
  readonly status: 'added' | 'modified' | 'deleted'
  /** Git file mode after the change: 100644, 100755, 120000 (link), 160000 (submodule), 000000 (deleted). */
  readonly mode: string
  readonly bytes: number
}

export interface BundleFacts {
  readonly headSha: string
  readonly commits: number
  readonly changes: readonly ChangedFile[]
}

export interface GitStore {
  /**
   * Fetches `baseRef` from GitHub, then takes the bundle in (into a quarantine ref) and says what it
   * changes between base and head. Throws BUNDLE_INVALID with a sentence when the bundle is broken,
   * holds other refs than `refs/heads/<branch>`, or is not based on `baseSha`.
   */
  takeIn(
    repository: Repository,
    input: {
      readonly bundle: Buffer
      readonly baseRef: string
      readonly baseSha: string
      readonly branch: string
      readonly run: string
    }
  ): Promise<BundleFacts>
  /** Contents of changed text files at the bundle's head, for the secret scan; binary and larger than `maxBytes` are left out. */
  readChanged(
    repository: Repository,
    input: { readonly run: string; readonly paths: readonly string[]; readonly maxBytes: number }
  ): Promise<ReadonlyArray<{ readonly path: string; readonly text: string }>>
  /**
   * Pushes the taken-in head to `branch` on GitHub as the App. `expected` is what the branch must
   * point to now (null: must not exist or, with `restart`, may be replaced). Fast-forward only, else
   * BRANCH_TAKEN. Already there: success.
   */
  push(
    repository: Repository,
    input: {
      readonly run: string
      readonly branch: string
      readonly headSha: string
      readonly replace: string | null
    }
  ): Promise<void>
  /** Drops what a run left in our bare repository. */
  forget(repository: Repository, run: string): Promise<void>
}

export interface SecretFinding {
  readonly path: string
  readonly line: number
  /** The rule that matched, never the secret itself. */
  readonly rule: string
}

export interface SecretScanner {
  scan(
    files: ReadonlyArray<{ readonly path: string; readonly text: string }>
  ): Promise<readonly SecretFinding[]>
}
