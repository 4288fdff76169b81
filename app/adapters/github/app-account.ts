/** The App as it looks at itself, for `stagewright doctor`: its own record, who installed it, what they let it see. */
import { Octokit } from '@octokit/core'
import { composePaginateRest } from '@octokit/plugin-paginate-rest'
import type { InstallationFacts, Permissions } from '#app/core/doctor/github-app.ts'
import { AppError } from '#app/core/errors.ts'
import type { AppAccount } from '#app/ports/diagnosis.ts'
import { createAppOctokit } from './app-octokit.ts'
import { guard, octokitDefaults } from './guard.ts'
import { createLimits } from './limits.ts'
import { type GitHubOptions, settingsOf } from './options.ts'
import { workflowFacts } from './workflow-facts.ts'
import { readWorkflowFiles } from './workflow-files.ts'

/** What the doctor's own tokens may do: read files (workflows), labels and names. */
const READS = { metadata: 'read', issues: 'read', contents: 'read' } as const

export function createAppAccount(options: GitHubOptions): AppAccount {
  const settings = settingsOf(options)
  const limits = createLimits(settings)
  const octokit = createAppOctokit(settings, limits)
  const clients = new Map<number, Promise<Octokit>>()

  function client(installation: number): Promise<Octokit> {
    const known = clients.get(installation) ?? makeClient(installation)
    clients.set(installation, known)
    return known
  }

  async function makeClient(installation: number): Promise<Octokit> {
    const { data } = await octokit.request(
      'POST /app/installations/{installation_id}/access_tokens',
      { installation_id: installation, permissions: await granted(installation) }
    )
    const made = new Octokit({ ...octokitDefaults(settings), auth: data.token })
    guard(made, { settings, limits, bucketOf: async () => `github:${installation}` })
    return made
  }

  /** A permission that the installation lacks cannot be asked for; its own line says that it lacks it. */
  async function granted(installation: number): Promise<Record<string, 'read'>> {
    const { data } = await octokit.request('GET /app/installations/{installation_id}', {
      installation_id: installation
    })
    const has = permissionsOf(data.permissions)
    return Object.fromEntries(
      Object.keys(READS)
        .filter(name => has[name] !== undefined)
        .map(name => [name, 'read' as const])
    )
  }

  return {
    async about() {
      const { data, headers } = await octokit.request('GET /app')
      const owner = data?.owner ?? null
      const date = Date.parse(headers.date ?? '')
      return {
        app: {
          slug: data?.slug ?? '',
          owner: {
            login: owner !== null && 'login' in owner ? owner.login : '',
            isOrganization: owner !== null && 'type' in owner && owner.type === 'Organization'
          },
          permissions: permissionsOf(data?.permissions),
          events: data?.events ?? []
        },
        secondsAhead: Number.isNaN(date) ? 0 : (settings.now().getTime() - date) / 1000
      }
    },
    async installations() {
      const all = await composePaginateRest(octokit, 'GET /app/installations', { per_page: 100 })
      return all.map(installationOf)
    },
    async repositories(installation) {
      const all = await composePaginateRest(
        await client(installation),
        'GET /installation/repositories',
        { per_page: 100 }
      )
      return all.map(one => ({
        providerId: one.id,
        owner: one.owner.login,
        name: one.name,
        defaultBranch: one.default_branch,
        url: one.html_url
      }))
    },
    async labels(installation, { owner, name: repo }) {
      const all = await composePaginateRest(
        await client(installation),
        'GET /repos/{owner}/{repo}/labels',
        { owner, repo, per_page: 100 }
      )
      return all.map(label => label.name)
    },
    async workflows(installation, repositories) {
      const files = await readWorkflowFiles(await client(installation), repositories)
      return repositories.map(({ defaultBranch }, index) => {
        const found = files[index] ?? []
        if (found instanceof AppError) return found
        return found.map(file => workflowFacts(file, defaultBranch))
      })
    }
  }
}

interface WireInstallation {
  readonly id: number
  readonly account: unknown
  readonly html_url: string
  readonly suspended_at: string | null
  readonly permissions: unknown
}

function installationOf(one: WireInstallation): InstallationFacts {
  const { account } = one
  const login =
    typeof account === 'object' && account !== null && 'login' in account ? account.login : one.id
  return {
    id: one.id,
    account: String(login),
    url: one.html_url,
    suspended: one.suspended_at !== null,
    permissions: permissionsOf(one.permissions)
  }
}

function permissionsOf(wire: unknown): Permissions {
  if (typeof wire !== 'object' || wire === null) return {}
  return Object.fromEntries(
    Object.entries(wire).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  )
}
