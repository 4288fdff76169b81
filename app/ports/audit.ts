import type { AuditEntry, StoredAuditEntry } from '#app/core/audit.ts'

export interface Audit {
  add(entry: AuditEntry): Promise<void>
  /** Triggers of this person that were refused in the repository within the last `seconds`. */
  refusals(repositoryId: string, actor: string, seconds: number): Promise<number>
  /** What was written down about a delivery or another cause, oldest first, at most `limit`. */
  trail(correlationId: string, limit: number): Promise<readonly StoredAuditEntry[]>
}

export interface Links {
  /** Repeats are ignored. */
  add(link: {
    readonly from: readonly [type: string, id: string]
    readonly to: readonly [type: string, id: string]
    readonly type: string
  }): Promise<void>
}
