import type { Knex } from 'knex'

/**
 * Runs, their attempts, and what the attempts leave: events, log, session. At most one active
 * writing run per repository and issue is a partial unique index (decisions 6); `fence` is raised
 * by every claim and takeover, and every write carries it (decisions 20).
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table worker_instances (
      id text primary key,
      machine text not null,
      role text not null check (role in ('web', 'worker', 'all')),
      pid integer not null,
      version text not null,
      started_at timestamptz not null default now(),
      heartbeat_at timestamptz not null default now(),
      stopped_at timestamptz
    );
    create table runs (
      id text primary key,
      project_id text not null references projects (id),
      repository_id text not null references repositories (id),
      issue_number integer not null check (issue_number > 0),
      stage text not null,
      kind text not null check (kind in ('work', 'revise')),
      writes boolean not null default true,
      locale text not null check (locale in ('en', 'ru')),
      trigger_key text not null unique,
      trigger_label text,
      correlation_id text not null,
      actor text not null,
      request jsonb not null,
      parent_id text references runs (id),
      next_revise jsonb not null default '[]',
      state text not null default 'pending' check (state in (
        'pending', 'running', 'waiting_owner_review', 'waiting_mcp', 'waiting_backpressure',
        'succeeded', 'failed', 'canceled', 'timed_out')),
      phase text not null default 'created' check (phase in (
        'created', 'preparing', 'agent', 'checking', 'publishing', 'finished')),
      reason text,
      detail text,
      cancel_by text,
      cancel_reason text,
      agent jsonb not null,
      executor text not null,
      branch text not null,
      base_ref text,
      base_sha text,
      anchor_sha text,
      head_sha text,
      pull_request integer,
      prompt text,
      prompt_source jsonb,
      attempt integer not null default 0,
      retries integer not null default 0,
      result jsonb,
      lease_owner text,
      lease_until timestamptz,
      lease_taken_at timestamptz,
      fence bigint not null default 0,
      timeout_seconds integer not null check (timeout_seconds > 0),
      deadline_at timestamptz,
      next_check_at timestamptz not null default now(),
      status_comment_id bigint,
      check_run_id bigint,
      check_run_sha text,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      check ((state in ('succeeded', 'failed', 'canceled', 'timed_out')) = (finished_at is not null)),
      check (state <> 'failed' or reason is not null)
    );
    create unique index runs_one_active_writer on runs (repository_id, issue_number)
      where writes and state in ('pending', 'running', 'waiting_owner_review', 'waiting_mcp', 'waiting_backpressure');
    create index runs_pending on runs (project_id, created_at, id) where state = 'pending';
    create index runs_running on runs (next_check_at) where state = 'running';
    create index runs_active_project on runs (project_id) where state = 'running';
    create index runs_issue on runs (repository_id, issue_number, created_at desc);
    create index runs_pull_request on runs (repository_id, pull_request, created_at desc) where pull_request is not null;
    create index runs_newest on runs (created_at desc, id desc);
    create table run_attempts (
      id text primary key,
      run_id text not null references runs (id),
      number integer not null check (number > 0),
      executor text not null,
      machine text not null,
      state text not null default 'created' check (state in ('created', 'started', 'ended')),
      isolation text,
      token_hash bytea unique,
      token_expires_at timestamptz,
      claimed_at timestamptz,
      heartbeat_at timestamptz,
      stop_reason text,
      stop_asked_at timestamptz,
      stop_at timestamptz,
      end_kind text,
      message text,
      report jsonb,
      bundle bytea,
      bundle_sha256 text,
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      cleaned_at timestamptz,
      unique (run_id, number)
    );
    create index run_attempts_uncleaned on run_attempts (machine) where cleaned_at is null;
    create table run_events (
      run_id text not null references runs (id),
      seq integer not null check (seq > 0),
      attempt integer,
      attempt_seq integer,
      type text not null,
      data jsonb not null default '{}',
      at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      primary key (run_id, seq),
      unique (run_id, attempt, attempt_seq)
    );
    create table log_chunks (
      run_id text not null references runs (id),
      attempt integer not null,
      seq integer not null check (seq > 0),
      at timestamptz not null,
      text text not null,
      primary key (run_id, attempt, seq)
    );
    create table sessions (
      run_id text primary key references runs (id),
      repository_id text not null references repositories (id),
      issue_number integer not null,
      agent text not null,
      session_id text,
      version integer not null default 1,
      sha256 text not null,
      data bytea not null,
      saved_at timestamptz not null default now()
    );
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant select, insert, update, delete on worker_instances, runs, run_attempts, sessions, log_chunks to stagewright_app;
        grant select, insert on run_events to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table sessions; drop table log_chunks; drop table run_events; drop table run_attempts; drop table runs; drop table worker_instances'
  )
}
