/** One row of the append-only audit: a decision or a privileged act (product spec 3.12). */
export interface AuditEntry {
  readonly correlationId: string
  /** Dotted past-tense name of the catalogue, for example `run.started`. */
  readonly type: string
  readonly actorType: 'human' | 'agent' | 'system'
  readonly actor: string
  readonly reason: string | null
  readonly projectId: string | null
  readonly repositoryId: string | null
  readonly issueNumber: number | null
  readonly runId: string | null
  readonly payload: Readonly<Record<string, unknown>>
}

export interface StoredAuditEntry extends AuditEntry {
  /** ISO time. */
  readonly at: string
}
