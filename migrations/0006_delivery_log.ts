import type { Knex } from 'knex'

/**
 * What the sweeps of GitHub's delivery log know, so that replicas and restarts share it: how far
 * they came, and each delivery that is missing with how often it was asked for. And what retention,
 * lists and counts need to be as fast with a million deliveries as with none.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table delivery_sweeps (
      is_only boolean primary key default true check (is_only),
      swept_until timestamptz,
      inbox_since timestamptz not null,
      asked_at timestamptz
    );
    create table missed_deliveries (
      guid text primary key,
      event text not null,
      action text,
      attempt_id text not null,
      status_code integer not null,
      first_at timestamptz not null,
      asks integer not null default 0,
      asked_at timestamptz,
      next_ask_at timestamptz not null,
      given_up_at timestamptz,
      reason text check (reason in ('asked_in_vain', 'too_old', 'gone_from_github')),
      check ((given_up_at is null) = (reason is null))
    );
    create index missed_deliveries_due on missed_deliveries (next_ask_at, (attempt_id::numeric)) where given_up_at is null;
    create index deliveries_quarantined on deliveries (received_at) where state = 'quarantined';
    create index deliveries_with_body on deliveries (finished_at)
      where state in ('done', 'quarantined') and body is not null;
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant select, insert, update, delete on delivery_sweeps, missed_deliveries to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index deliveries_with_body;
    drop index deliveries_quarantined;
    drop table missed_deliveries;
    drop table delivery_sweeps
  `)
}
