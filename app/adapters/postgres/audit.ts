import type { Knex } from 'knex'
import type { AuditEntry, StoredAuditEntry } from '#app/core/audit.ts'
import type { Audit } from '#app/ports/audit.ts'
import { iso, json, query } from './query.ts'

/** The append-only audit; the database refuses changes of its rows by any role (decisions 2). */
export function postgresAudit(db: Knex): Audit {
  return {
    add: entry => add(db, entry),
    refusals: (repositoryId, actor, seconds) => refusals(db, { repositoryId, actor, seconds }),
    trail: (correlationId, limit) => trail(db, correlationId, limit)
  }
}

async function add(db: Knex, entry: AuditEntry): Promise<void> {
  await query(
    db,
    `insert into flow_events (correlation_id, type, actor_type, actor, reason, project_id,
                              repository_id, issue_number, run_id, payload)
     values (:correlationId, :type, :actorType, :actor, :reason, :projectId,
             :repositoryId, :issueNumber, :runId, :payload)`,
    { ...entry, payload: json(entry.payload) }
  )
}

async function refusals(
  db: Knex,
  of: { readonly repositoryId: string; readonly actor: string; readonly seconds: number }
): Promise<number> {
  const [row] = await query<{ readonly count: number }>(
    db,
    `select count(*) as count from flow_events
      where type = 'webhook.ignored' and repository_id = :repositoryId and actor = :actor
        and created_at > now() - :seconds * interval '1 second'`,
    of
  )
  return row?.count ?? 0
}

interface AuditRow {
  readonly correlation_id: string
  readonly type: string
  readonly actor_type: AuditEntry['actorType']
  readonly actor: string
  readonly reason: string | null
  readonly project_id: string | null
  readonly repository_id: string | null
  readonly issue_number: number | null
  readonly run_id: string | null
  readonly payload: Readonly<Record<string, unknown>>
  readonly created_at: Date
}

async function trail(
  db: Knex,
  correlationId: string,
  limit: number
): Promise<readonly StoredAuditEntry[]> {
  const rows = await query<AuditRow>(
    db,
    `select correlation_id, type, actor_type, actor, reason, project_id, repository_id,
            issue_number, run_id, payload, created_at
       from flow_events where correlation_id = :correlationId
      order by created_at, id limit :limit`,
    { correlationId, limit }
  )
  return rows.map(row => ({
    correlationId: row.correlation_id,
    type: row.type,
    actorType: row.actor_type,
    actor: row.actor,
    reason: row.reason,
    projectId: row.project_id,
    repositoryId: row.repository_id,
    issueNumber: row.issue_number,
    runId: row.run_id,
    payload: row.payload,
    at: iso(row.created_at)
  }))
}
