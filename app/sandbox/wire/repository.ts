/** Repositories and labels, in the shape of GitHub's REST schemas. */
import { isAtLeast } from '#app/sandbox/actor.ts'
import type { Label, Repository, Role } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'
import { userJson } from './account.ts'

/** Address of a repository in the API, no slash at the end. */
export function repositoryApi(world: World, repository: Repository): string {
  return `${world.apiUrl}/repos/${repository.fullName}`
}

export function repositoryPage(world: World, repository: Repository): string {
  return `${world.url}/${repository.fullName}`
}

/** Schemas `minimal-repository`, `repository` and what webhooks carry. */
export function repositoryJson(world: World, repository: Repository) {
  const open = repository.issues.filter(issue => issue.state === 'open').length
  return {
    ...identityJson(world, repository),
    owner: userJson(world, repository.owner),
    html_url: repositoryPage(world, repository),
    description: null,
    fork: false,
    url: repositoryApi(world, repository),
    ...linksJson(repositoryApi(world, repository)),
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt,
    ...gitUrlsJson(world, repository),
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch
  }
}

/** Schema `full-repository`; `role` is the caller's. */
export function fullRepositoryJson(world: World, repository: Repository, role: Role | null) {
  return {
    ...repositoryJson(world, repository),
    permissions: permissionsJson(role),
    temp_clone_token: '',
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: false,
    use_squash_pr_title_as_default: false,
    squash_merge_commit_message: 'COMMIT_MESSAGES' as const,
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE' as const,
    merge_commit_message: 'PR_TITLE' as const,
    merge_commit_title: 'MERGE_MESSAGE' as const,
    network_count: 0,
    subscribers_count: 0
  }
}

export function permissionsJson(role: Role | null) {
  return {
    admin: isAtLeast(role, 'admin'),
    maintain: isAtLeast(role, 'maintain'),
    push: isAtLeast(role, 'write'),
    triage: isAtLeast(role, 'triage'),
    pull: isAtLeast(role, 'read')
  }
}

/** The five fields of `installation` and `installation_repositories` payloads. */
export function identityJson(_world: World, repository: Repository) {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private
  }
}

function gitUrlsJson(world: World, repository: Repository) {
  const clone = `${repositoryPage(world, repository)}.git`
  return {
    git_url: clone.replace(/^http/, 'git'),
    ssh_url: `git@${new URL(world.url).hostname}:${repository.fullName}.git`,
    clone_url: clone,
    svn_url: repositoryPage(world, repository)
  }
}

function linksJson(api: string) {
  return {
    forks_url: `${api}/forks`,
    keys_url: `${api}/keys{/key_id}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    teams_url: `${api}/teams`,
    hooks_url: `${api}/hooks`,
    issue_events_url: `${api}/issues/events{/number}`,
    events_url: `${api}/events`,
    assignees_url: `${api}/assignees{/user}`,
    branches_url: `${api}/branches{/branch}`,
    tags_url: `${api}/tags`,
    blobs_url: `${api}/git/blobs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    trees_url: `${api}/git/trees{/sha}`,
    statuses_url: `${api}/statuses/{sha}`,
    languages_url: `${api}/languages`,
    stargazers_url: `${api}/stargazers`,
    contributors_url: `${api}/contributors`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    commits_url: `${api}/commits{/sha}`,
    git_commits_url: `${api}/git/commits{/sha}`,
    comments_url: `${api}/comments{/number}`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    contents_url: `${api}/contents/{+path}`,
    compare_url: `${api}/compare/{base}...{head}`,
    merges_url: `${api}/merges`,
    archive_url: `${api}/{archive_format}{/ref}`,
    downloads_url: `${api}/downloads`,
    issues_url: `${api}/issues{/number}`,
    pulls_url: `${api}/pulls{/number}`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    labels_url: `${api}/labels{/name}`,
    releases_url: `${api}/releases{/id}`,
    deployments_url: `${api}/deployments`
  }
}

/** Schema `label`. */
export function labelJson(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repositoryApi(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description
  }
}
