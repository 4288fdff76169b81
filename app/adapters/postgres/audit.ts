import type { Knex } from 'knex'
import type { AuditEntry } from '#app/core/audit.ts'
import type { Audit } from '#app/ports/audit.ts'
import { json, query } from './query.ts'

/** The append-only audit; the database refuses changes of its rows by any role (decisions 2). */
export function postgresAudit(db: Knex): Audit {
  return {
    add: entry => add(db, entry),
    refusals: (repositoryId, actor, seconds) => refusals(db, { repositoryId, actor, seconds })
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
