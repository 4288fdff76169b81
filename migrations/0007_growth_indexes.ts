import type { Knex } from 'knex'

/**
 * Lists and counts of runs by state as fast with a million runs as with none. And a right: the inbox
 * numbers its rows in the order of arrival before it writes them in the order of their ids.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index runs_state on runs (state, created_at desc, id desc);
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant usage on sequence deliveries_sequence_seq to stagewright_app;
      end if;
    end $$
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index runs_state;
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        revoke usage on sequence deliveries_sequence_seq from stagewright_app;
      end if;
    end $$
  `)
}
