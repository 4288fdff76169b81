/** What every call of the product to GitHub needs, by GitHub's docs: "Permissions required for GitHub Apps". */

/** Who calls: a class of `TOKEN_PERMISSIONS`, the doctor's own reading token, or the App itself, which needs no permission. */
export interface Need {
  readonly by: 'reader' | 'reporter' | 'pusher' | 'doctor' | 'app'
  /** Null where the docs ask for none. */
  readonly permission: string | null
  readonly access: 'read' | 'write'
}

const need = (
  by: Need['by'],
  permission: string | null,
  access: Need['access'] = 'read'
): Need => ({
  by,
  permission,
  access
})

const REPO = '/repos/{owner}/{repo}'

/** Calls of the REST API, as the sources write them, but for the names of parameters. */
export const REST_NEEDS: Readonly<Record<string, Need>> = {
  'GET /app': need('app', null),
  'GET /app/hook/config': need('app', null),
  'GET /app/hook/deliveries': need('app', null),
  'POST /app/hook/deliveries/{id}/attempts': need('app', null),
  'POST /app-manifests/{code}/conversions': need('app', null),
  'GET /app/installations': need('app', null),
  'GET /app/installations/{id}': need('app', null),
  'POST /app/installations/{id}/access_tokens': need('app', null),
  [`GET ${REPO}/installation`]: need('app', null),
  'GET /installation/repositories': need('doctor', 'metadata'),
  [`GET ${REPO}/labels`]: need('doctor', 'issues'),
  'GET /users/{username}': need('reader', 'metadata'),
  [`GET ${REPO}/collaborators/{username}/permission`]: need('reporter', 'metadata'),
  [`GET ${REPO}/issues`]: need('reporter', 'issues'),
  [`GET ${REPO}/issues/{n}`]: need('reporter', 'issues'),
  [`GET ${REPO}/issues/{n}/comments`]: need('reporter', 'issues'),
  [`GET ${REPO}/issues/{n}/timeline`]: need('reporter', 'issues'),
  [`POST ${REPO}/issues/{n}/comments`]: need('reporter', 'issues', 'write'),
  [`PATCH ${REPO}/issues/comments/{id}`]: need('reporter', 'issues', 'write'),
  [`POST ${REPO}/issues/{n}/reactions`]: need('reporter', 'issues', 'write'),
  [`POST ${REPO}/issues/comments/{id}/reactions`]: need('reporter', 'issues', 'write'),
  [`POST ${REPO}/issues/{n}/labels`]: need('reporter', 'issues', 'write'),
  [`DELETE ${REPO}/issues/{n}/labels/{name}`]: need('reporter', 'issues', 'write'),
  [`GET ${REPO}/pulls`]: need('reporter', 'pull_requests'),
  [`GET ${REPO}/pulls/{n}/comments`]: need('reporter', 'pull_requests'),
  [`GET ${REPO}/pulls/{n}/reviews`]: need('reporter', 'pull_requests'),
  [`GET ${REPO}/pulls/{n}/reviews/{id}`]: need('reporter', 'pull_requests'),
  [`POST ${REPO}/pulls`]: need('reporter', 'pull_requests', 'write'),
  [`PATCH ${REPO}/pulls/{n}`]: need('reporter', 'pull_requests', 'write'),
  [`GET ${REPO}/git/ref/{ref}`]: need('reporter', 'contents'),
  [`GET ${REPO}/compare/{basehead}`]: need('reporter', 'contents'),
  [`GET ${REPO}/commits/{ref}/check-runs`]: need('reporter', 'checks'),
  [`POST ${REPO}/check-runs`]: need('reporter', 'checks', 'write'),
  [`PATCH ${REPO}/check-runs/{id}`]: need('reporter', 'checks', 'write')
}

/** What goes past Octokit's routes: a word of the source that does it, and what that needs. */
export const OTHER_NEEDS: ReadonlyArray<readonly [file: string, word: string, need: Need]> = [
  ['access.ts', '/installation/token`', need('pusher', null)],
  ['access.ts', "access === 'pusher'", need('pusher', 'contents', 'write')],
  ['upstream.ts', '/git-upload-pack', need('reader', 'contents')],
  ['workflow-files.ts', 'octokit.graphql', need('doctor', 'contents')]
]

/** Which permission lets an App hear of an event. Docs: "Webhook events and payloads", availability. */
export const EVENT_NEEDS: Readonly<Record<string, string>> = {
  issues: 'issues',
  issue_comment: 'issues',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  check_run: 'checks'
}
