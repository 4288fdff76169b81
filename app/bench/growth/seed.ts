/** Fills a database with finished runs and what they leave behind. */
import type { Knex } from 'knex'
import { deliveryIdSql } from './delivery-id.ts'

/** What each finished run leaves here; kept small where only the number of rows matters. */
const PER_RUN = { deliveries: 2, events: 3 } as const

const REPOSITORIES = 20
/** Rare, yet more than a page of them in the smaller database, too. */
const TIMED_OUT_EVERY = 250
/** People look at what is put aside, so it does not grow with the years. */
const QUARANTINED = 50

/**
 * `runs` finished runs of 20 repositories, one every 30 seconds until now, with attempts, events and
 * deliveries. Ids are as scattered as real ones: those of runs random, those of deliveries by time.
 */
export async function seed(db: Knex, runs: number): Promise<void> {
  await db.raw(SEED_REPOSITORIES)
  const indexes = await dropIndexes(db)
  // Two at once, for two cores; with a pool of at least two connections.
  await Promise.all([
    insert(db, runs, [SEED_RUNS, SEED_ATTEMPTS]),
    insert(db, runs, [SEED_DELIVERIES, SEED_EVENTS])
  ])
  for (const index of indexes) await db.raw(index)
  await db.raw('vacuum (analyze)')
}

/** Bulk work of the owner: nobody reads meanwhile, and the references are right by construction. */
async function insert(db: Knex, runs: number, statements: readonly string[]): Promise<void> {
  await db.transaction(async step => {
    await step.raw(
      'set local synchronous_commit to off; set local session_replication_role to replica'
    )
    for (const statement of statements) await step.raw(statement, { runs })
  })
}

/** Those that hold no rule, which are built faster afterwards; returns how to make each again. */
async function dropIndexes(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: readonly { name: string; definition: string }[] }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid in ('runs'::regclass, 'deliveries'::regclass) and not i.indisunique`
  )
  for (const { name } of rows) await db.raw('drop index ??', [name])
  return rows.map(row => row.definition)
}

const RUN_ID = `substr(md5('run' || i), 1, 12)`
const FINISHED = `now() - (:runs - i) * interval '30 seconds'`

/** In the order of an index it is filled several times as fast; nothing that is timed reads these rows. */
const BY_RUN_ID = `(select i from generate_series(1, :runs) i order by ${RUN_ID}) runs`

const SEED_REPOSITORIES = `
  insert into repositories (id, project_id, provider_id, owner, name, default_branch)
  select 'repository' || n, 'default', n, 'octo', 'app' || n, 'main' from generate_series(0, ${REPOSITORIES - 1}) n`

const SEED_RUNS = `
  insert into runs (id, project_id, repository_id, issue_number, stage, kind, locale, trigger_key,
                    correlation_id, actor, request, state, phase, reason, agent, executor, branch,
                    base_sha, head_sha, pull_request, prompt, attempt, result, timeout_seconds,
                    fence, created_at, started_at, finished_at)
  select ${RUN_ID}, 'default', 'repository' || i % ${REPOSITORIES}, i / ${2 * REPOSITORIES} + 1, 'dev',
         case i / ${REPOSITORIES} % 2 when 0 then 'work' else 'revise' end, 'en', 'comment:' || i,
         md5('delivery' || i)::uuid::text, 'ada',
         jsonb_build_object(
           'trigger', jsonb_build_object('channel', 'label', 'label', 'run:dev', 'actor', 'ada', 'thread', i),
           'issue', jsonb_build_object('number', i, 'title', 'Add door ' || i, 'author', 'ada',
                                       'body', 'The door must open.', 'url', ''),
           'comments', '[]'::jsonb, 'commentsLeftOut', 0, 'review', '[]'::jsonb, 'instruction', ''),
         outcome.state, 'finished', case outcome.state when 'failed' then 'agent_failed' end,
         '{"name": "codex", "command": [], "model": null, "reasoning": null}', 'local',
         'stagewright/issue-' || i, md5('base' || i), md5('head' || i), i, 'Do it well.', 1,
         '{"summary": "The door opens.", "artefacts": [], "decisions": [], "questions": []}', 3600,
         3, ${FINISHED} - interval '10 minutes', ${FINISHED} - interval '9 minutes', ${FINISHED}
    from generate_series(1, :runs) i
   cross join lateral (select case when i % ${TIMED_OUT_EVERY} = 0 then 'timed_out' when i % 25 = 0 then 'canceled'
                                   when i % 10 = 0 then 'failed' else 'succeeded' end as state) outcome`

const SEED_ATTEMPTS = `
  insert into run_attempts (id, run_id, number, executor, machine, state, isolation, token_hash,
                            token_expires_at, end_kind, started_at, ended_at, cleaned_at)
  select substr(md5('attempt' || i), 1, 12), ${RUN_ID}, 1, 'local', 'here', 'ended', 'uid',
         decode(md5('token' || i), 'hex'), now(), 'finished', ${FINISHED}, ${FINISHED}, ${FINISHED}
    from ${BY_RUN_ID}`

const SEED_EVENTS = `
  insert into run_events (run_id, seq, attempt, attempt_seq, type, data, at)
  select ${RUN_ID}, n, 1, n, 'agent.command', '{"command": "npm test"}', ${FINISHED}
    from ${BY_RUN_ID} cross join generate_series(1, ${PER_RUN.events}) n`

/** The bodies of the older half are gone, as retention leaves them. */
const SEED_DELIVERIES = `
  insert into deliveries (id, event, subject, body, state, disposition, attempts, received_at, finished_at)
  select ${deliveryIdSql(`${FINISHED} + n * interval '1 second'`)}, 'issues', i % ${REPOSITORIES} || '#' || i / ${2 * REPOSITORIES} + 1,
         case when i > :runs / 2 then convert_to('{"action": "labeled", "issue": {"number": ' || i || '}}', 'utf8') end,
         case when i % (:runs / ${QUARANTINED}) = 0 then 'quarantined' else 'done' end, 'run', 1, ${FINISHED}, ${FINISHED}
    from generate_series(1, :runs) i cross join generate_series(1, ${PER_RUN.deliveries}) n`
