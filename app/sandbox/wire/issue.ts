/** Issues, comments, reactions and events, in the shape of GitHub's REST schemas. */
import type {
  Comment,
  Issue,
  IssueEvent,
  Reaction,
  Repository,
  Review
} from '#app/sandbox/state.ts'
import { REACTIONS } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'
import { associationOf, userJson, viaAppJson } from './account.ts'
import { labelJson, repositoryApi, repositoryPage } from './repository.ts'

export function issueApi(world: World, repository: Repository, number: number): string {
  return `${repositoryApi(world, repository)}/issues/${number}`
}

export function issuePage(world: World, repository: Repository, issue: Issue): string {
  const kind = issue.pull === null ? 'issues' : 'pull'
  return `${repositoryPage(world, repository)}/${kind}/${issue.number}`
}

/** Schema `issue`; a pull request is an issue with `pull_request` set. */
export function issueJson(world: World, repository: Repository, issue: Issue) {
  const url = issueApi(world, repository, issue.number)
  const { pull } = issue
  return {
    url,
    repository_url: repositoryApi(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issuePage(world, repository, issue),
    id: issue.id,
    node_id: nodeId(pull === null ? 'I' : 'PR', issue.id),
    number: issue.number,
    title: issue.title,
    user: userJson(world, issue.user),
    labels: issue.labels.map(label => labelJson(world, repository, label)),
    state: issue.state,
    locked: false,
    assignee: issue.assignees[0] === undefined ? null : userJson(world, issue.assignees[0]),
    assignees: issue.assignees.map(account => userJson(world, account)),
    milestone: null,
    comments: repository.comments.filter(comment => comment.issue === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: issue.closedBy === null ? null : userJson(world, issue.closedBy),
    author_association: associationOf(repository, issue.user),
    active_lock_reason: null,
    body: issue.body,
    reactions: rollupJson(url, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: viaAppJson(world, issue.viaApp),
    state_reason: issue.stateReason,
    ...(pull === null
      ? {}
      : {
          draft: pull.draft,
          pull_request: {
            url: `${repositoryApi(world, repository)}/pulls/${issue.number}`,
            html_url: issuePage(world, repository, issue),
            diff_url: `${issuePage(world, repository, issue)}.diff`,
            patch_url: `${issuePage(world, repository, issue)}.patch`,
            merged_at: pull.mergedAt
          }
        })
  }
}

/** Schema `reaction-rollup`. */
export function rollupJson(url: string, reactions: readonly Reaction[]) {
  const counts = Object.fromEntries(
    REACTIONS.map(content => [content, reactions.filter(r => r.content === content).length])
  ) as Record<(typeof REACTIONS)[number], number>
  return { url: `${url}/reactions`, total_count: reactions.length, ...counts }
}

/** Schema `reaction`. */
export function reactionJson(world: World, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userJson(world, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt
  }
}

/** Schema `issue-comment`. */
export function commentJson(world: World, repository: Repository, comment: Comment) {
  const url = `${repositoryApi(world, repository)}/issues/comments/${comment.id}`
  const issue = repository.issues.find(one => one.number === comment.issue)
  const page = issue === undefined ? world.url : issuePage(world, repository, issue)
  return {
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: issueApi(world, repository, comment.issue),
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: userJson(world, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: associationOf(repository, comment.user),
    reactions: rollupJson(url, comment.reactions),
    performed_via_github_app: viaAppJson(world, comment.viaApp)
  }
}

/** Schema `issue-event`. */
export function issueEventJson(world: World, repository: Repository, event: IssueEvent) {
  return {
    id: event.id,
    node_id: nodeId('EV', event.id),
    url: `${repositoryApi(world, repository)}/issues/events/${event.id}`,
    actor: userJson(world, event.actor),
    event: event.event,
    commit_id: event.commit ?? null,
    commit_url:
      event.commit === undefined
        ? null
        : `${repositoryApi(world, repository)}/commits/${event.commit}`,
    created_at: event.createdAt,
    performed_via_github_app: viaAppJson(world, event.viaApp),
    ...(event.label === undefined ? {} : { label: event.label }),
    ...(event.rename === undefined ? {} : { rename: event.rename })
  }
}

/** Schema `timeline-issue-events`: events, comments and reviews in the order they happened. */
export function timelineJson(world: World, repository: Repository, issue: Issue) {
  const comments = repository.comments.filter(comment => comment.issue === issue.number)
  const reviews = (issue.pull?.reviews ?? []).filter(review => review.submittedAt !== null)
  return [
    ...issue.events.map(event => ({
      id: event.id,
      item: issueEventJson(world, repository, event) as object
    })),
    ...comments.map(comment => ({
      id: comment.id,
      item: {
        event: 'commented',
        actor: userJson(world, comment.user),
        ...commentJson(world, repository, comment)
      }
    })),
    ...reviews.map(review => ({ id: review.id, item: reviewed(world, repository, issue, review) }))
  ]
    .sort((a, b) => a.id - b.id)
    .map(({ item }) => item)
}

function reviewed(world: World, repository: Repository, issue: Issue, review: Review) {
  const html = `${issuePage(world, repository, issue)}#pullrequestreview-${review.id}`
  const pull = `${repositoryApi(world, repository)}/pulls/${issue.number}`
  return {
    event: 'reviewed',
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userJson(world, review.user),
    body: review.body === '' ? null : review.body,
    commit_id: review.commit,
    submitted_at: review.submittedAt,
    state: review.state.toLowerCase(),
    html_url: html,
    pull_request_url: pull,
    author_association: associationOf(repository, review.user),
    _links: { html: { href: html }, pull_request: { href: pull } }
  }
}
