/** Commits, comparisons and branches. Docs: "REST API endpoints for commits", "... for branches". */
import { readChanges, readDiff } from '#app/sandbox/git/diff.ts'
import {
  findRef,
  listRefs,
  mergeBase,
  readCommit,
  readLog,
  resolveCommit
} from '#app/sandbox/git/read.ts'
import { notFound, Refusal } from '#app/sandbox/refusal.ts'
import { commitJson, fileJson, gitCommitJson } from '#app/sandbox/wire/commit.ts'
import { pullSimpleJson } from '#app/sandbox/wire/pull.ts'
import { repositoryApi, repositoryPage } from '#app/sandbox/wire/repository.ts'
import { type Answer, ok, paged, type RepositoryCall, type RepositoryRoute } from './route.ts'

const READ = { permission: 'contents', access: 'read', role: 'read' } as const
const PULLS = { permission: 'pull_requests', access: 'read', role: 'read' } as const

export const commitRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/commits', needs: READ, run: listCommits },
  { method: 'GET', path: '/commits/:ref/pulls', needs: PULLS, run: listPulls },
  { method: 'GET', path: '/commits/:ref{.+}', needs: READ, run: getCommit },
  { method: 'GET', path: '/git/commits/:ref', needs: READ, run: getGitCommit },
  { method: 'GET', path: '/compare/:basehead{.+}', needs: READ, run: compare },
  { method: 'GET', path: '/branches', needs: READ, run: listBranches },
  { method: 'GET', path: '/branches/:branch{.+}', needs: READ, run: getBranch }
]

async function shaOf(call: RepositoryCall, ref: string): Promise<string> {
  const sha = await resolveCommit(call.world.git, call.repository.folder, ref)
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref}`)
  return sha
}

async function listCommits(call: RepositoryCall): Promise<Answer> {
  const { query, repository, world } = call
  const ref = query.get('sha') ?? repository.defaultBranch
  const include = await resolveCommit(world.git, repository.folder, ref)
  if (include === null) throw notFound()
  const path = query.get('path')
  const commits = await readLog(world.git, repository.folder, {
    include,
    ...(path === null ? {} : { path })
  })
  return paged(call, commits, commit => commitJson(world, repository, commit))
}

const DIFF = /\bvnd\.github(\.v3)?\.diff\b/

async function getCommit(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const { folder } = repository
  const sha = await shaOf(call, call.params.ref ?? '')
  if (/\bvnd\.github(\.v3)?\.sha\b/.test(call.accept)) {
    return { status: 200, text: { content: sha, type: 'application/vnd.github.sha' } }
  }
  const commit = await readCommit(world.git, folder, sha)
  const range = { from: commit.parents[0] ?? null, to: sha }
  if (DIFF.test(call.accept)) return diffAnswer(await readDiff(world.git, folder, range))
  const files = await readChanges(world.git, folder, range)
  const additions = files.reduce((sum, file) => sum + file.additions, 0)
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0)
  return ok({
    ...commitJson(world, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map(file => fileJson(world, repository, file, sha))
  })
}

function diffAnswer(content: string): Answer {
  return { status: 200, text: { content, type: 'application/vnd.github.diff; charset=utf-8' } }
}

async function getGitCommit(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const ref = call.params.ref ?? ''
  const sha = /^[0-9a-f]{40}$/.test(ref)
    ? await resolveCommit(world.git, repository.folder, ref)
    : null
  if (sha === null) throw notFound()
  return ok(gitCommitJson(world, repository, await readCommit(world.git, repository.folder, sha)))
}

/** The pull requests whose head is this commit. */
async function listPulls(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const sha = await shaOf(call, call.params.ref ?? '')
  const found = repository.issues.flatMap(issue =>
    issue.pull !== null && (issue.pull.headSha === sha || issue.pull.mergeCommit === sha)
      ? [{ issue, pull: issue.pull }]
      : []
  )
  return paged(call, found, one => pullSimpleJson(world, repository, one.issue, one.pull))
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const { git } = world
  const { folder } = repository
  const [baseName = '', headName = ''] = (call.params.basehead ?? '').split('...')
  const own = new RegExp(`^${repository.owner.login}:`, 'i')
  const base = await resolveCommit(git, folder, baseName.replace(own, ''))
  const head = await resolveCommit(git, folder, headName.replace(own, ''))
  if (base === null || head === null) throw notFound()
  const meet = await mergeBase(git, folder, base, head)
  if (meet === null)
    throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`)
  const range = { from: meet, to: head }
  if (DIFF.test(call.accept)) return diffAnswer(await readDiff(git, folder, range))
  const [ahead, behind, files] = await Promise.all([
    readLog(git, folder, { include: head, exclude: base, oldestFirst: true }),
    readLog(git, folder, { include: base, exclude: head }),
    readChanges(git, folder, range)
  ])
  const api = `${repositoryApi(world, repository)}/compare`
  const page = `${repositoryPage(world, repository)}/compare`
  const words = `${baseName}...${headName}`
  return ok({
    url: `${api}/${words}`,
    html_url: `${page}/${words}`,
    permalink_url: `${page}/${base}...${head}`,
    diff_url: `${page}/${words}.diff`,
    patch_url: `${page}/${words}.patch`,
    base_commit: commitJson(world, repository, await readCommit(git, folder, base)),
    merge_base_commit: commitJson(world, repository, await readCommit(git, folder, meet)),
    status: statusOf(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.map(commit => commitJson(world, repository, commit)),
    files: files.map(file => fileJson(world, repository, file, head))
  })
}

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead'
  return behind > 0 ? 'behind' : 'identical'
}

async function listBranches(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const refs = await listRefs(world.git, repository.folder, 'refs/heads/')
  return paged(call, refs, ref => ({
    name: ref.name.slice('refs/heads/'.length),
    commit: { sha: ref.sha, url: `${repositoryApi(world, repository)}/commits/${ref.sha}` },
    protected: false
  }))
}

async function getBranch(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const name = call.params.branch ?? ''
  const ref = await findRef(world.git, repository.folder, `refs/heads/${name}`)
  if (ref === null) throw new Refusal(404, 'Branch not found')
  const self = `${repositoryApi(world, repository)}/branches/${encodeURIComponent(name)}`
  return ok({
    name,
    commit: commitJson(world, repository, await readCommit(world.git, repository.folder, ref.sha)),
    _links: { self, html: `${repositoryPage(world, repository)}/tree/${name}` },
    protected: false,
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] }
    },
    protection_url: `${self}/protection`
  })
}
