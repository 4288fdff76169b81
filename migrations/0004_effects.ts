import type { Knex } from 'knex'

/**
 * The journal of writes to the outside: intent with its key before, result after (decisions 34).
 * One effect per target at a time, in the order of `position`, which an effect takes anew when it is
 * asked for again. `revision` counts how often a level-triggered effect was asked for; it is done
 * when `done_revision` has caught up. `rate_limits` is the one bucket that all
 * replicas share (decisions 35).
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table effects (
      id bigint generated always as identity primary key,
      key text not null unique,
      kind text not null,
      target text not null,
      lane integer not null default 1,
      payload jsonb not null,
      run_id text references runs (id),
      correlation_id text,
      state text not null default 'waiting' check (state in ('waiting', 'working', 'done', 'failed')),
      revision integer not null default 1,
      done_revision integer not null default 0,
      attempts integer not null default 0,
      run_after timestamptz not null default now(),
      worker text,
      lease_until timestamptz,
      result jsonb,
      error text,
      created_at timestamptz not null default now(),
      finished_at timestamptz,
      position bigint not null generated always as identity,
      check ((state = 'working') = (worker is not null))
    );
    create unique index effects_one_at_a_time on effects (target) where state = 'working';
    create index effects_ready on effects (lane, run_after) where state = 'waiting';
    create index effects_target_open on effects (target, position) where state in ('waiting', 'working');
    create index effects_working on effects (lease_until) where state = 'working';
    create index effects_failed on effects (finished_at) where state = 'failed';
    create index effects_run on effects (run_id);
    create table rate_limits (
      bucket text primary key,
      tokens double precision not null,
      refilled_at timestamptz not null default now(),
      blocked_until timestamptz
    );
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant select, insert, update on effects, rate_limits to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits; drop table effects')
}
