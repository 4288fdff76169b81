/** Check runs. Docs: "REST API endpoints for check runs". */
import { announceCheckRun } from '#app/sandbox/announce.ts'
import { listRefs, resolveCommit } from '#app/sandbox/git/read.ts'
import { notFound, Refusal, validationFailed } from '#app/sandbox/refusal.ts'
import type { CheckRun, CheckSuite } from '#app/sandbox/state.ts'
import { checkRunJson } from '#app/sandbox/wire/check.ts'
import { nextRecord, stamp } from '#app/sandbox/world.ts'
import { readCheckFields } from './check-fields.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import {
  type Answer,
  created,
  isApp,
  numberOf,
  ok,
  paged,
  pagedIn,
  type RepositoryCall,
  type RepositoryRoute
} from './route.ts'

const READ = { permission: 'checks', access: 'read', role: 'read' } as const
const WRITE = { permission: 'checks', access: 'write', role: 'read' } as const

export const checkRoutes: readonly RepositoryRoute[] = [
  { method: 'POST', path: '/check-runs', needs: WRITE, run: createRun },
  { method: 'GET', path: '/check-runs/:run', needs: READ, run: getRun },
  { method: 'PATCH', path: '/check-runs/:run', needs: WRITE, run: updateRun },
  { method: 'GET', path: '/check-runs/:run/annotations', needs: READ, run: listAnnotations },
  { method: 'POST', path: '/check-runs/:run/rerequest', needs: WRITE, run: rerequestRun },
  { method: 'GET', path: '/commits/:ref{.+}/check-runs', needs: READ, run: listForRef }
]

function findCheckRun(call: RepositoryCall): CheckRun {
  const id = numberOf(call, 'run')
  const run = call.repository.checkRuns.find(one => one.id === id)
  if (run === undefined) throw notFound()
  return run
}

/** Docs: only GitHub Apps write checks, and only those that they made; here there is one App. */
function checkApp(call: RepositoryCall): void {
  if (!isApp(call.actor)) {
    throw new Refusal(403, 'You must authenticate via a GitHub App.')
  }
}

async function createRun(call: RepositoryCall): Promise<Answer> {
  checkApp(call)
  const { world, repository } = call
  const fields = fieldsOf(call.body)
  const name = fields.requiredText('name')
  const sha = fields.requiredText('head_sha')
  const known =
    /^[0-9a-f]{40}$/.test(sha) && (await resolveCommit(world.git, repository.folder, sha))
  if (known !== sha) throw new Refusal(422, `No commit found for SHA: ${sha}`)
  const read = readCheckFields(fields)
  const run: CheckRun = {
    id: nextRecord(world.state),
    suite: await suiteOf(call, sha),
    headSha: sha,
    name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: stamp(world),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: []
  }
  apply(call, run, read)
  repository.checkRuns.push(run)
  announceCheckRun(sceneOf(call), run, 'created')
  if (run.status === 'completed') announceCheckRun(sceneOf(call), run, 'completed')
  const json = checkRunJson(world, repository, run)
  return created(json, json.url)
}

/** One suite for an App and a commit. */
async function suiteOf(call: RepositoryCall, sha: string): Promise<CheckSuite> {
  const { world, repository } = call
  const heads = await listRefs(world.git, repository.folder, 'refs/heads/')
  const before = repository.suites.find(suite => suite.headSha === sha)
  if (before !== undefined) return before
  const branch = heads.find(ref => ref.sha === sha)?.name.slice('refs/heads/'.length) ?? null
  const id = nextRecord(world.state)
  const suite = { id, headSha: sha, headBranch: branch, createdAt: stamp(world) }
  repository.suites.push(suite)
  return suite
}

function apply(
  call: RepositoryCall,
  run: CheckRun,
  read: ReturnType<typeof readCheckFields>
): void {
  const { annotations, ...rest } = read
  Object.assign(run, rest)
  run.annotations = [...run.annotations, ...annotations]
  if (read.conclusion !== undefined) {
    run.status = 'completed'
    run.completedAt = read.completedAt ?? stamp(call.world)
  } else if (read.status !== undefined && read.status !== 'completed') {
    run.conclusion = null
    run.completedAt = null
  }
}

async function updateRun(call: RepositoryCall): Promise<Answer> {
  checkApp(call)
  const run = findCheckRun(call)
  const fields: Fields = fieldsOf(call.body)
  const read = readCheckFields(fields)
  const name = fields.text('name')
  const wasOpen = run.status !== 'completed'
  apply(call, run, read)
  if (name !== undefined) run.name = name
  if (wasOpen && run.status === 'completed') announceCheckRun(sceneOf(call), run, 'completed')
  return ok(checkRunJson(call.world, call.repository, run))
}

function getRun(call: RepositoryCall): Answer {
  return ok(checkRunJson(call.world, call.repository, findCheckRun(call)))
}

function listAnnotations(call: RepositoryCall): Promise<Answer> {
  return paged(call, findCheckRun(call).annotations, annotation => annotation)
}

function rerequestRun(call: RepositoryCall): Answer {
  const run = findCheckRun(call)
  if (run.status !== 'completed') {
    throw validationFailed('This check run is not rerequestable')
  }
  announceCheckRun(sceneOf(call), run, 'rerequested')
  return { status: 201, body: {} }
}

async function listForRef(call: RepositoryCall): Promise<Answer> {
  const { query, repository, world } = call
  const sha = await resolveCommit(world.git, repository.folder, call.params.ref ?? '')
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${call.params.ref}`)
  const name = query.get('check_name')
  const status = query.get('status')
  const app = query.get('app_id')
  const found = repository.checkRuns.filter(
    run =>
      run.headSha === sha &&
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (app === null || app === String(world.app?.id))
  )
  // Docs: `latest` is the default and gives the newest run of each name.
  const shown =
    query.get('filter') === 'all'
      ? found
      : found.filter(run => !found.some(other => other.name === run.name && other.id > run.id))
  return pagedIn(call, 'check_runs', [...shown].reverse(), run =>
    checkRunJson(world, repository, run)
  )
}
