/** GitHub as git sees it: access, and what its refusals mean. */
import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { RepositoryAccess } from '#app/ports/github.ts'
import { lastLines } from './run-git.ts'

export type Access = Pick<RepositoryAccess, 'git'>

export interface Remote {
  open(access: 'reader' | 'pusher'): ReturnType<Access['git']>
}

export function remoteOf(access: Access, repository: Repository): Remote {
  return { open: kind => access.git(repository, kind) }
}

export function isMissingRef(stderr: string): boolean {
  return /couldn't find remote ref|could not find remote ref/i.test(stderr)
}

/**
 * GITHUB_REFUSED when GitHub said no and will say so again; GIT, to try later, for the rest: also for
 * 401, which a fresh token may get until it is known everywhere.
 */
export function remoteError(doing: string, stderr: string): AppError {
  const said = lastLines(stderr)
  if (/returned error: (403|404)|repository not found/i.test(stderr)) {
    const hint =
      'the App needs the permission contents: write (read for a fetch) on this repository, and the repository must be where we think it is'
    return new AppError('GITHUB_REFUSED', `${doing}: GitHub refused (${said}); ${hint}`, {
      fields: { said, hint }
    })
  }
  return new AppError('GIT', `${doing}: ${said}`, { fields: { said } })
}
