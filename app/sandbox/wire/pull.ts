/** Pull requests, reviews and review comments, in the shape of GitHub's REST schemas. */
import { readChanges } from '#app/sandbox/git/diff.ts'
import { mergeBase, readLog } from '#app/sandbox/git/read.ts'
import { mergeTree } from '#app/sandbox/git/write.ts'
import type { Issue, Pull, Repository, Review, ReviewComment } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'
import { associationOf, userJson } from './account.ts'
import { issueApi, issueJson, issuePage, rollupJson } from './issue.ts'
import { repositoryApi, repositoryJson } from './repository.ts'

export function pullApi(world: World, repository: Repository, number: number): string {
  return `${repositoryApi(world, repository)}/pulls/${number}`
}

/** Schema `pull-request-simple`. */
export function pullSimpleJson(world: World, repository: Repository, issue: Issue, pull: Pull) {
  const url = pullApi(world, repository, issue.number)
  const html = issuePage(world, repository, issue)
  const issueUrl = issueApi(world, repository, issue.number)
  const api = repositoryApi(world, repository)
  const shared = issueJson(world, repository, issue)
  const statuses = `${api}/statuses/${pull.headSha}`
  const side = (ref: string, sha: string) => ({
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: userJson(world, repository.owner),
    repo: repositoryJson(world, repository)
  })
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: shared.user,
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    assignee: shared.assignee,
    assignees: shared.assignees,
    requested_reviewers: [],
    requested_teams: [],
    labels: shared.labels,
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses }
    },
    author_association: shared.author_association,
    auto_merge: null,
    active_lock_reason: null
  }
}

/** Schema `pull-request`: counts and mergeability come from git. */
export async function pullJson(world: World, repository: Repository, issue: Issue, pull: Pull) {
  const { git } = world
  const [files, commits, mergeable] = await Promise.all([
    pullFiles(world, repository, pull),
    readLog(git, repository.folder, { include: pull.headSha, exclude: pull.baseSha }),
    isMergeable(world, repository, issue, pull)
  ])
  const simple = pullSimpleJson(world, repository, issue, pull)
  return {
    ...simple,
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState(mergeable, pull.draft),
    merged_by: pull.mergedBy === null ? null : userJson(world, pull.mergedBy),
    comments: repository.comments.filter(comment => comment.issue === issue.number).length,
    review_comments: pull.comments.length,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length
  }
}

function mergeableState(mergeable: boolean | null, draft: boolean): string {
  if (mergeable === null) return 'unknown'
  if (!mergeable) return 'dirty'
  return draft ? 'draft' : 'clean'
}

/** null once the pull request is closed, as GitHub answers it then. */
export async function isMergeable(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull
): Promise<boolean | null> {
  if (issue.state === 'closed') return null
  const sides = { base: pull.baseSha, head: pull.headSha }
  return (await mergeTree(world.git, repository.folder, sides)) !== null
}

/** The files of a pull request: its head against the point where it left its base. */
export async function pullFiles(world: World, repository: Repository, pull: Pull) {
  const { folder } = repository
  const from = await mergeBase(world.git, folder, pull.baseSha, pull.headSha)
  return readChanges(world.git, folder, { from: from ?? pull.baseSha, to: pull.headSha })
}

/** Schema `pull-request-review`. */
export function reviewJson(world: World, repository: Repository, issue: Issue, review: Review) {
  const html = `${issuePage(world, repository, issue)}#pullrequestreview-${review.id}`
  const pull = pullApi(world, repository, issue.number)
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userJson(world, review.user),
    body: review.body,
    state: review.state as string,
    html_url: html,
    pull_request_url: pull,
    author_association: associationOf(repository, review.user),
    _links: { html: { href: html }, pull_request: { href: pull } },
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commit
  }
}

/** Schema `pull-request-review-comment`. */
export function reviewCommentJson(
  world: World,
  repository: Repository,
  issue: Issue,
  comment: ReviewComment
) {
  const url = `${repositoryApi(world, repository)}/pulls/comments/${comment.id}`
  const html = `${issuePage(world, repository, issue)}#discussion_r${comment.id}`
  const pull = pullApi(world, repository, issue.number)
  const line = comment.line ?? undefined
  const position = comment.position ?? undefined
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position,
    original_position: position,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: userJson(world, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pull,
    author_association: associationOf(repository, comment.user),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    reactions: rollupJson(url, comment.reactions),
    start_line: comment.startLine,
    original_start_line: comment.startLine,
    start_side: comment.startLine === null ? null : comment.side,
    line,
    original_line: line,
    side: comment.side,
    subject_type: comment.subject
  }
}
