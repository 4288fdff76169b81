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
  /** Beyond the base; those of the default branch that were merged in count too. */
  readonly commits: number
  /** The run's own: without the paths that are, byte for byte and mode for mode, as the default branch has them. */
  readonly changes: readonly ChangedFile[]
  /** Paths that differ from the base, and are as the default branch has them: merged in, not made. */
  readonly fromDefault: number
}

/** What a push would bring to GitHub: everything that neither the base nor the default branch reaches. */
export interface PushedTexts {
  /**
   * Files by every path they had in any new commit, also where a later commit took them away again,
   * and each new commit as `commit <short sha>`: its message, then its header. Binary files (a NUL
   * in the first 8,000 bytes, as git tells them) are left out, but not UTF-16 with its mark.
   */
  readonly texts: ReadonlyArray<{ readonly path: string; readonly text: string }>
  /** Larger than `maxBytes` and so not in `texts`: nobody looked into these. */
  readonly large: ReadonlyArray<{ readonly path: string; readonly bytes: number }>
  /** Files and commits, binary and large ones too; a file counts once for each of its paths. */
  readonly count: number
  readonly bytes: number
}

export interface GitStore {
  /**
   * Fetches `defaultRef` and, where it is needed, `baseRef` from GitHub, then takes the bundle in
   * (into a quarantine ref) and says what it changes between base and head. Without a `defaultRef` on
   * GitHub every change counts as the run's. Throws BUNDLE_INVALID with a sentence when the bundle is broken,
   * holds other refs than `refs/heads/<branch>`, or is not based on `baseSha`.
   */
  takeIn(
    repository: Repository,
    input: {
      readonly bundle: Buffer
      readonly baseRef: string
      readonly baseSha: string
      /** `refs/heads/<default branch>` */
      readonly defaultRef: string
      readonly branch: string
      readonly run: string
    }
  ): Promise<BundleFacts>
  /**
   * For the secret scan, after `takeIn`. With more than `maxCount` or `maxTotalBytes` to push nothing
   * is read: `texts` is empty, and `count` and `bytes` say why.
   */
  readPushed(
    repository: Repository,
    input: {
      readonly run: string
      readonly headSha: string
      readonly maxBytes: number
      readonly maxCount: number
      readonly maxTotalBytes: number
    }
  ): Promise<PushedTexts>
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
