import type { Locale } from './run.ts'

export interface Project {
  readonly id: string
  readonly key: string
  readonly locale: Locale
  /** People with write permission on the repository may trigger without being members (decisions 8). */
  readonly allowGitHubWriters: boolean
  readonly maxParallelRuns: number
}

export interface Repository {
  readonly id: string
  readonly projectId: string
  readonly providerId: number
  readonly owner: string
  readonly name: string
  readonly installationId: number | null
  readonly defaultBranch: string
  /** The repository's own locale, else its project's. */
  readonly locale: Locale
  /** Null: the platform's default protected paths. */
  readonly protectedPaths: readonly string[] | null
}

/** How a person stands to a project; `null` when he is no user of ours. */
export interface Membership {
  readonly platformRole: 'owner' | 'admin' | 'none'
  readonly projectRole: 'admin' | 'read_write' | 'read' | null
}

export function fullName(repository: Pick<Repository, 'owner' | 'name'>): string {
  return `${repository.owner}/${repository.name}`
}
