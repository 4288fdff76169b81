/** What pages are made from, and what their addresses name. */
import type { Context } from 'hono'
import { AppError } from '#app/core/errors.ts'
import type { Faults } from '#app/sandbox/faults.ts'
import type { Issue, Repository } from '#app/sandbox/state.ts'
import { findRepository, type World } from '#app/sandbox/world.ts'

export interface Site {
  readonly world: World
  readonly faults: Faults
  /** Performs a REST call inside the process; the path stands below /api/v3. */
  readonly callRest: (path: string, init: RequestInit) => Response | Promise<Response>
}

/** NOT_FOUND when the address names no repository. */
export function repositoryOf(world: World, context: Context): Repository {
  const owner = context.req.param('owner') ?? ''
  const name = context.req.param('name') ?? ''
  const repository = findRepository(world.state, owner, name)
  if (repository !== null) return repository
  throw new AppError('NOT_FOUND', `showing ${owner}/${name}: there is no such repository`)
}

/** Issue or pull request. NOT_FOUND when the address names none. */
export function issueOf(repository: Repository, context: Context): Issue {
  const number = context.req.param('number')
  const issue = repository.issues.find(one => String(one.number) === number)
  if (issue !== undefined) return issue
  throw new AppError('NOT_FOUND', `showing #${number} of ${repository.fullName}: there is none`)
}

export function issueHref(repository: Repository, issue: Issue): string {
  return `/${repository.fullName}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`
}
