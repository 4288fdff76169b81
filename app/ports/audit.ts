import type { AuditEntry } from '#app/core/audit.ts'

export interface Audit {
  add(entry: AuditEntry): Promise<void>
}

export interface Links {
  /** Repeats are ignored. */
  add(link: {
    readonly from: readonly [type: string, id: string]
    readonly to: readonly [type: string, id: string]
    readonly type: string
  }): Promise<void>
}
