import type { Knex } from 'knex'

/**
 * The inbox. The row is its own job (decisions 33): a subject's deliveries are worked on one at a
 * time, in order, and the database holds that rule by a partial unique index.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table deliveries (
      id text primary key,
      event text not null,
      subject text,
      body bytea,
      state text not null default 'waiting'
        check (state in ('waiting', 'working', 'done', 'ignored', 'quarantined')),
      disposition text,
      reason text,
      attempts integer not null default 0,
      run_after timestamptz not null default now(),
      worker text,
      lease_until timestamptz,
      received_at timestamptz not null default now(),
      finished_at timestamptz,
      sequence bigint generated always as identity,
      check ((state = 'working') = (worker is not null)),
      check (state <> 'ignored' or body is null)
    );
    create unique index deliveries_one_at_a_time on deliveries (subject) where state = 'working';
    create index deliveries_ready on deliveries (sequence) where state = 'waiting';
    create index deliveries_working on deliveries (lease_until) where state = 'working';
    create index deliveries_retrying on deliveries (run_after) where state = 'waiting' and attempts > 0;
    create index deliveries_received on deliveries (received_at);
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant select, insert, update, delete on deliveries to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table deliveries')
}
