/** GitHub for the platform: Octokit below, our ports above. */
import type {
  GitHubBranches,
  GitHubReads,
  GitHubWrites,
  GitUpstream,
  RepositoryAccess
} from '#app/ports/github.ts'
import { createAccess } from './access.ts'
import { createAppClient } from './app-client.ts'
import { createBranches } from './branches.ts'
import { createConnection } from './connection.ts'
import { createLimits } from './limits.ts'
import { type GitHubOptions, settingsOf } from './options.ts'
import { createReads } from './reads.ts'
import { createTokens } from './tokens.ts'
import { createUpstream } from './upstream.ts'
import { createWrites } from './writes.ts'

export type GitHub = GitHubReads & GitHubBranches & GitHubWrites & RepositoryAccess & GitUpstream

/**
 * Every call takes from the bucket `github:<installation>` of the limiter (a read 1 point, a write
 * 5; comments and pull requests also one from `github-content:<installation>`), and a rate limit
 * that GitHub reports shuts the bucket for all replicas. Reads are tried again when GitHub is
 * unavailable, writes never. Throws GITHUB_LIMIT (`fields.retryAfterSeconds`), GITHUB_UNAVAILABLE,
 * GITHUB_REFUSED (`fields.hint`) and NOT_FOUND; no message holds a token.
 */
export function createGitHub(options: GitHubOptions): GitHub {
  const settings = settingsOf(options)
  const limits = createLimits(settings)
  const app = createAppClient(settings, limits)
  const tokens = createTokens(app, settings)
  const connection = createConnection(settings, limits, tokens)
  const access = createAccess(settings, app, tokens)
  return {
    ...createReads(connection),
    ...createBranches(connection, access.identity),
    ...createWrites(connection, access, settings.appId),
    ...access,
    ...createUpstream(settings, tokens)
  }
}
