import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { Connection } from './connection.ts'

const ROLES = ['admin', 'maintain', 'write', 'triage', 'read', 'none']

/**
 * `role_name` tells maintain and triage apart, which `permission` folds into write and read; a
 * custom role is what it is based on. A login that is no person (an App's) has none. Docs: "Get
 * repository permissions for a user".
 */
export async function readPermission(
  connection: Connection,
  repository: Repository,
  login: string
): Promise<string> {
  try {
    const { data } = await connection
      .read(repository)
      .request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
        owner: repository.owner,
        repo: repository.name,
        username: login
      })
    return ROLES.includes(data.role_name) ? data.role_name : data.permission
  } catch (error) {
    if (
      error instanceof AppError &&
      error.code === 'NOT_FOUND' &&
      /is not a user/.test(error.message)
    )
      return 'none'
    throw error
  }
}
