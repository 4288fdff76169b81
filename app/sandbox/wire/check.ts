/** Check runs and their suites, in the shape of GitHub's REST schemas and webhook payloads. */
import type { CheckRun, Repository } from '#app/sandbox/state.ts'
import { nodeId, type World } from '#app/sandbox/world.ts'
import { appJson } from './account.ts'
import { pullApi } from './pull.ts'
import { repositoryApi, repositoryPage } from './repository.ts'

/** Schema `check-run`. */
export function checkRunJson(world: World, repository: Repository, run: CheckRun) {
  const url = `${repositoryApi(world, repository)}/check-runs/${run.id}`
  const html = `${repositoryPage(world, repository)}/runs/${run.id}`
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`
    },
    check_suite: { id: run.suite.id },
    app: appJson(world),
    pull_requests: pullsAt(world, repository, run.headSha)
  }
}

/** The check run as webhooks carry it: with the whole suite inside. */
export function checkRunEventJson(world: World, repository: Repository, run: CheckRun) {
  const { suite } = run
  const runs = repository.checkRuns.filter(one => one.suite.id === suite.id)
  const open = runs.some(one => one.status !== 'completed')
  return {
    ...checkRunJson(world, repository, run),
    check_suite: {
      id: suite.id,
      node_id: nodeId('CS', suite.id),
      head_branch: suite.headBranch,
      head_sha: suite.headSha,
      status: open ? 'in_progress' : 'completed',
      conclusion: open ? null : run.conclusion,
      url: `${repositoryApi(world, repository)}/check-suites/${suite.id}`,
      before: null,
      after: suite.headSha,
      pull_requests: pullsAt(world, repository, suite.headSha),
      app: appJson(world),
      created_at: suite.createdAt,
      updated_at: run.completedAt ?? run.startedAt ?? suite.createdAt
    }
  }
}

/** Schema `pull-request-minimal` of the open pull requests whose head is this commit. */
function pullsAt(world: World, repository: Repository, sha: string) {
  const repo = {
    id: repository.id,
    url: repositoryApi(world, repository),
    name: repository.name
  }
  return repository.issues.flatMap(({ number, state, pull }) =>
    pull === null || state === 'closed' || pull.headSha !== sha
      ? []
      : [
          {
            id: pull.id,
            number,
            url: pullApi(world, repository, number),
            head: { ref: pull.headRef, sha: pull.headSha, repo },
            base: { ref: pull.baseRef, sha: pull.baseSha, repo }
          }
        ]
  )
}
