import type { Knex } from 'knex'

/**
 * Who works where: projects, their repositories, users and members (decisions 8).
 * Locale, protected paths and limits live in these rows, never in a file that an agent can edit
 * (decisions 9). The app works as role `stagewright_app` where the server lets us create it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'stagewright_app') then
        create role stagewright_app nologin;
      end if;
      execute format('grant stagewright_app to %I', current_user);
    exception
      when insufficient_privilege or duplicate_object or unique_violation then null;
    end $$`)
  await knex.raw(`
    create table projects (
      id text primary key,
      key text not null unique check (key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
      name text not null,
      locale text not null default 'en' check (locale in ('en', 'ru')),
      allow_github_writers boolean not null default true,
      max_parallel_runs integer not null default 4 check (max_parallel_runs > 0),
      created_at timestamptz not null default now()
    );
    create table repositories (
      id text primary key,
      project_id text not null references projects (id),
      provider text not null default 'github' check (provider = 'github'),
      provider_id bigint not null,
      owner text not null,
      name text not null,
      installation_id bigint,
      default_branch text not null,
      locale text check (locale in ('en', 'ru')),
      protected_paths text[],
      created_at timestamptz not null default now(),
      unique (provider, provider_id),
      unique (project_id, provider, owner, name)
    );
    create table users (
      id text primary key,
      github_id bigint unique,
      login text not null,
      email text unique,
      platform_role text not null default 'none' check (platform_role in ('owner', 'admin', 'none')),
      created_at timestamptz not null default now()
    );
    create unique index users_login on users (lower(login));
    create table project_members (
      project_id text not null references projects (id) on delete cascade,
      user_id text not null references users (id) on delete cascade,
      role text not null check (role in ('read', 'read_write', 'admin')),
      created_at timestamptz not null default now(),
      primary key (project_id, user_id)
    );
    insert into projects (id, key, name) values ('default', 'default', 'Default project');
  `)
  await grant(knex, 'select, insert, update, delete', [
    'projects',
    'repositories',
    'users',
    'project_members'
  ])
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table project_members; drop table users; drop table repositories; drop table projects'
  )
}

/** Grants to the app's role when it exists; a server where we may not create roles works as one role. */
async function grant(knex: Knex, rights: string, tables: readonly string[]): Promise<void> {
  await knex.raw(`
    do $$ begin
      if exists (select from pg_roles where rolname = 'stagewright_app') then
        grant usage on schema public to stagewright_app;
        grant select on schema_migrations to stagewright_app;
        grant ${rights} on ${tables.join(', ')} to stagewright_app;
      end if;
    end $$`)
}
