import type { Knex } from 'knex'
import { AppError } from '#app/core/errors.ts'
import type { Person, RepositoryRef } from '#app/core/event.ts'
import type { Membership, Project, Repository } from '#app/core/project.ts'
import type { Locale } from '#app/core/run.ts'
import type { Projects } from '#app/ports/projects.ts'
import { query } from './query.ts'

/** Made by the first migration (decisions 8). */
const DEFAULT_PROJECT = 'default'

/** Projects, their repositories and their members. */
export function postgresProjects(db: Knex): Projects {
  return {
    repository: ref => repository(db, ref),
    repositoryById: id => repositoryById(db, id),
    project: id => project(db, id),
    membership: (projectId, person) => membership(db, projectId, person),
    repositories: () => repositories(db)
  }
}

interface RepositoryRow {
  readonly id: string
  readonly project_id: string
  readonly provider_id: number
  readonly owner: string
  readonly name: string
  readonly installation_id: number | null
  readonly default_branch: string
  readonly locale: Locale
  readonly protected_paths: readonly string[] | null
}

const SELECT_REPOSITORY = `
  select r.id, r.project_id, r.provider_id, r.owner, r.name, r.installation_id, r.default_branch,
         coalesce(r.locale, p.locale) as locale, r.protected_paths
    from repositories r join projects p on p.id = r.project_id`

async function repository(db: Knex, ref: RepositoryRef): Promise<Repository> {
  const known = await repositoryByProviderId(db, ref.providerId)
  if (known !== null && isSame(known, ref)) return known
  await freeName(db, ref)
  await query(
    db,
    `insert into repositories (id, project_id, provider_id, owner, name, installation_id, default_branch)
     values (gen_random_uuid()::text, :project, :providerId, :owner, :name, :installationId, :defaultBranch)
     on conflict (provider, provider_id) do update
        set owner = excluded.owner, name = excluded.name,
            installation_id = excluded.installation_id, default_branch = excluded.default_branch`,
    { ...ref, project: DEFAULT_PROJECT }
  )
  const stored = await repositoryByProviderId(db, ref.providerId)
  if (stored === null)
    throw new AppError('INTERNAL', `registering ${ref.owner}/${ref.name}: the row is gone`)
  return stored
}

/**
 * GitHub's id is the truth and names are handed on: who held this name before was renamed or
 * deleted without us hearing of it. It gives the name up, for one that GitHub does not allow, until
 * its next delivery brings its real one.
 */
async function freeName(db: Knex, ref: RepositoryRef): Promise<void> {
  await query(
    db,
    `update repositories set name = name || '~' || provider_id
      where provider = 'github' and owner = :owner and name = :name and provider_id <> :providerId`,
    { owner: ref.owner, name: ref.name, providerId: ref.providerId }
  )
}

function isSame(stored: Repository, ref: RepositoryRef): boolean {
  return (
    stored.owner === ref.owner &&
    stored.name === ref.name &&
    stored.defaultBranch === ref.defaultBranch &&
    stored.installationId === ref.installationId
  )
}

async function repositoryByProviderId(db: Knex, providerId: number): Promise<Repository | null> {
  const [row] = await query<RepositoryRow>(
    db,
    `${SELECT_REPOSITORY} where r.provider = 'github' and r.provider_id = :providerId`,
    { providerId }
  )
  return row === undefined ? null : toRepository(row)
}

async function repositoryById(db: Knex, id: string): Promise<Repository | null> {
  const [row] = await query<RepositoryRow>(db, `${SELECT_REPOSITORY} where r.id = :id`, { id })
  return row === undefined ? null : toRepository(row)
}

async function repositories(db: Knex): Promise<readonly Repository[]> {
  const rows = await query<RepositoryRow>(db, `${SELECT_REPOSITORY} order by r.owner, r.name, r.id`)
  return rows.map(toRepository)
}

function toRepository(row: RepositoryRow): Repository {
  return {
    id: row.id,
    projectId: row.project_id,
    providerId: row.provider_id,
    owner: row.owner,
    name: row.name,
    installationId: row.installation_id,
    defaultBranch: row.default_branch,
    locale: row.locale,
    protectedPaths: row.protected_paths
  }
}

interface ProjectRow {
  readonly id: string
  readonly key: string
  readonly locale: Locale
  readonly allow_github_writers: boolean
  readonly max_parallel_runs: number
}

async function project(db: Knex, id: string): Promise<Project> {
  const [row] = await query<ProjectRow>(
    db,
    'select id, key, locale, allow_github_writers, max_parallel_runs from projects where id = :id',
    { id }
  )
  if (row === undefined) throw new AppError('NOT_FOUND', `loading project ${id}: there is none`)
  return {
    id: row.id,
    key: row.key,
    locale: row.locale,
    allowGitHubWriters: row.allow_github_writers,
    maxParallelRuns: row.max_parallel_runs
  }
}

interface MembershipRow {
  readonly platform_role: Membership['platformRole']
  readonly role: Membership['projectRole']
}

async function membership(db: Knex, projectId: string, person: Person): Promise<Membership | null> {
  const known = await membershipByGitHubId(db, projectId, person.id)
  if (known !== null) return known
  // A login can be taken over by somebody else after a rename, a GitHub id cannot: a user who was
  // entered by login is bound to the id at the first sight.
  const bound = await query(
    db,
    `update users set github_id = :githubId
      where lower(login) = lower(:login) and github_id is null returning id`,
    { githubId: person.id, login: person.login }
  )
  return bound.length === 0 ? null : membershipByGitHubId(db, projectId, person.id)
}

async function membershipByGitHubId(
  db: Knex,
  projectId: string,
  githubId: number
): Promise<Membership | null> {
  const [row] = await query<MembershipRow>(
    db,
    `select u.platform_role, m.role
       from users u left join project_members m on m.user_id = u.id and m.project_id = :projectId
      where u.github_id = :githubId`,
    { projectId, githubId }
  )
  return row === undefined ? null : { platformRole: row.platform_role, projectRole: row.role }
}
