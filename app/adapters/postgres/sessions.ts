import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { AppError } from '#app/core/errors.ts'
import type { SavedSession, SessionInfo, Sessions } from '#app/ports/run-output.ts'
import { query } from './query.ts'

/** The agent's saved session of a run: one snapshot, the newest. */
export function postgresSessions(db: Knex): Sessions {
  return {
    save: session => save(db, session),
    load: runId => load(db, runId),
    describe: runId => describe(db, runId),
    newest: of => newest(db, of)
  }
}

async function save(db: Knex, session: SavedSession): Promise<void> {
  const rows = await query(
    db,
    `insert into sessions (run_id, repository_id, issue_number, agent, session_id, sha256, data)
     select r.id, r.repository_id, r.issue_number, :agent, :sessionId, :sha256, :data
       from runs r where r.id = :runId
         on conflict (run_id) do update
        set agent = excluded.agent, session_id = excluded.session_id, sha256 = excluded.sha256,
            data = excluded.data, saved_at = now()
     returning run_id`,
    { ...session, sha256: createHash('sha256').update(session.data).digest('hex') }
  )
  if (rows.length === 0) {
    throw new AppError('RUN_NOT_FOUND', `saving the session of run ${session.runId}: there is none`)
  }
}

interface SessionRow {
  readonly agent: string
  readonly session_id: string | null
  readonly data: Buffer
}

async function load(db: Knex, runId: string): Promise<SavedSession | null> {
  const [row] = await query<SessionRow>(
    db,
    'select agent, session_id, data from sessions where run_id = :runId',
    { runId }
  )
  if (row === undefined) return null
  return { runId, agent: row.agent, sessionId: row.session_id, data: row.data }
}

interface InfoRow {
  readonly run_id: string
  readonly agent: string
  readonly session_id: string | null
  readonly bytes: number
}

const INFO = 's.run_id, s.agent, s.session_id, octet_length(s.data) as bytes'

async function describe(db: Knex, runId: string): Promise<SessionInfo | null> {
  const [row] = await query<InfoRow>(db, `select ${INFO} from sessions s where s.run_id = :runId`, {
    runId
  })
  return row === undefined ? null : toInfo(row)
}

async function newest(
  db: Knex,
  of: Parameters<Sessions['newest']>[0]
): Promise<SessionInfo | null> {
  const [row] = await query<InfoRow>(
    db,
    `select ${INFO}
       from runs r join sessions s on s.run_id = r.id
      where r.repository_id = :repositoryId and r.issue_number = :issue and r.stage = :stage
        and s.agent = :agent
      order by s.saved_at desc, r.created_at desc limit 1`,
    of
  )
  return row === undefined ? null : toInfo(row)
}

function toInfo(row: InfoRow): SessionInfo {
  return { runId: row.run_id, agent: row.agent, sessionId: row.session_id, bytes: row.bytes }
}
