import type { Knex } from 'knex'

/**
 * The append-only audit (decisions 2) and the links between issue, pull request, run and branch.
 * The app's role may insert and read `flow_events`, nothing more; a trigger refuses changes by any
 * role, also where one role both migrates and serves.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table flow_events (
      id bigint generated always as identity primary key,
      correlation_id text not null,
      type text not null,
      actor_type text not null check (actor_type in ('human', 'agent', 'system')),
      actor text not null,
      reason text,
      project_id text,
      repository_id text,
      issue_number integer,
      run_id text,
      payload jsonb not null default '{}',
      created_at timestamptz not null default now()
    );
    create index flow_events_correlation on flow_events (correlation_id, created_at);
    create index flow_events_type on flow_events (type, created_at);
    create index flow_events_run on flow_events (run_id, id) where run_id is not null;
    create index flow_events_refusals on flow_events (repository_id, actor, created_at) where type = 'webhook.ignored';
    create function flow_events_refuse() returns trigger language plpgsql as $$
      begin
        raise exception 'flow_events is append-only' using errcode = 'insufficient_privilege';
      end $$;
    create trigger flow_events_append_only before update or delete or truncate on flow_events
      for each statement execute function flow_events_refuse();
    create table links (
      source_type text not null,
      source_id text not null,
      target_type text not null,
      target_id text not null,
      link_type text not null,
      metadata jsonb not null default '{}',
      created_at timestamptz not null default now(),
      primary key (source_type, source_id, target_type, target_id, link_type)
    );
    create index links_target on links (target_type, target_id);
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant select, insert on flow_events, links to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table links; drop table flow_events; drop function flow_events_refuse()')
}
