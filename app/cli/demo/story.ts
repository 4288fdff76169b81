/** The story of the demo: from a label on an issue to a pull request, and through its review. */
import type { Run } from '#app/core/run.ts'
import type { Store } from '#app/ports/store.ts'
import type { Sandbox } from '#app/sandbox/index.ts'
import { testBranch } from './check-out.ts'
import { DemoGitHub, type Issue, type PullRequest } from './github.ts'
import { DEMO_FILES, DEMO_ISSUE, DEMO_PEOPLE, DEMO_REPOSITORY, DEMO_REVIEW } from './repository.ts'
import { type Step, type StepName, StoryFailure } from './step.ts'
import { until } from './wait.ts'
import { runOf, type Watched, type WatchWorld, watchRun } from './watch-run.ts'

export interface StoryWorld {
  readonly sandbox: Sandbox
  /** The app's store, to look at; the story writes over GitHub only. */
  readonly store: Store
  /** An existing folder for clones. */
  readonly folder: string
  /** PATH with git. */
  readonly path: string
  /** Ends the story with a StoryFailure that tells the reason. */
  readonly signal: AbortSignal
  /** Awaited, so that a test can kill and start the app at a named step. */
  readonly tell: (step: Step) => void | Promise<void>
}

/** Everything in it was measured. */
export interface StoryOutcome {
  readonly agent: string
  readonly issue: number
  readonly issueUrl: string
  readonly runs: { readonly work: string; readonly revise: string }
  readonly pullRequest: {
    readonly number: number
    readonly url: string
    readonly files: readonly string[]
  }
  readonly checkRun: { readonly conclusion: string | null }
  readonly tests: {
    readonly failedBefore: number
    readonly failedAfter: number
    readonly passed: number
  }
  readonly statusComments: number
  readonly revise: {
    readonly samePullRequest: boolean
    readonly commits: number
    readonly files: readonly string[]
    readonly checkRun: { readonly conclusion: string | null }
    readonly sessionResumed: boolean
  }
  readonly labelToAgentMs: number
  readonly labelToPullRequestMs: number
  readonly reviewToUpdateMs: number
}

interface Teller extends StoryWorld {
  readonly github: DemoGitHub
  readonly watching: WatchWorld
}

/** Tells the whole story on an app that takes the sandbox's webhooks. Throws StoryFailure. */
export async function tellStory(world: StoryWorld): Promise<StoryOutcome> {
  const github = await makeRepository(world)
  const teller = { ...world, github, watching: { ...world, github } }
  const issue = await github.createIssue(DEMO_ISSUE)
  await world.tell({
    name: 'repository',
    text: `${DEMO_REPOSITORY.fullName} with issue #${issue.number}: ${DEMO_ISSUE.title}`,
    where: issue.html_url
  })
  const before = await test(teller, 'main')
  if (before.failed === 0)
    throw new StoryFailure('tests-fail', 'a failing test on main', 'all pass')
  await world.tell({
    name: 'tests-fail',
    text: `on main ${count(before.failed, 'test')} failing: "${before.failing[0]}"`
  })
  const first = await firstRun(teller, issue)
  const second = await secondRun(teller, issue, first)
  const { run } = first.watched
  return {
    agent: run.agent.name,
    issue: issue.number,
    issueUrl: issue.html_url,
    runs: { work: run.id, revise: second.watched.run.id },
    pullRequest: { number: first.pull.number, url: first.pull.html_url, files: first.files },
    checkRun: { conclusion: first.conclusion },
    tests: {
      failedBefore: before.failed,
      failedAfter: second.tests.failed,
      passed: second.tests.passed
    },
    statusComments: second.statusComments,
    revise: second.revise,
    labelToAgentMs: first.labelToAgentMs,
    labelToPullRequestMs: first.labelToPullRequestMs,
    reviewToUpdateMs: second.reviewToUpdateMs
  }
}

async function makeRepository({ sandbox }: StoryWorld): Promise<DemoGitHub> {
  const github = new DemoGitHub(sandbox)
  const { owner, name, fullName } = DEMO_REPOSITORY
  await sandbox.createRepository({ owner, name, files: DEMO_FILES })
  for (const [login, role] of Object.entries(DEMO_PEOPLE))
    sandbox.addCollaborator(fullName, login, role)
  return github
}

interface FirstRun {
  readonly watched: Watched
  readonly pull: PullRequest
  readonly files: readonly string[]
  readonly conclusion: string | null
  readonly labelToAgentMs: number
  readonly labelToPullRequestMs: number
}

async function firstRun(teller: Teller, issue: Issue): Promise<FirstRun> {
  const { github, tell, watching } = teller
  const labelled = Date.now()
  await github.addLabel(issue.number, 'run:dev')
  await tell({
    name: 'label',
    text: `mona puts run:dev on #${issue.number}`,
    where: issue.html_url
  })
  await tellDelivery(teller, 'issues', 'labeled')
  await until(wish(teller, 'acknowledged', '👀 on the issue'), async () =>
    (await github.reactions(issue.number)).includes('eyes')
  )
  await tell({ name: 'acknowledged', text: '👀 on the issue' })
  const made = await runOf(watching, issue.number, 'work')
  await tell({
    name: 'run',
    text: `${made.id} for ${made.actor}, agent "${made.agent.name}"`
  })
  const watched = await watchRun(watching, made.id)
  const pull = await pullOf(teller, watched.run)
  const labelToPullRequestMs = Date.parse(watched.run.finishedAt ?? '') - labelled
  const files = (await github.files(pull.number)).map(file => file.filename)
  await tell({
    name: 'pull-request',
    text: `#${pull.number} "${pull.title}" is open`,
    where: pull.html_url
  })
  await tell({
    name: 'diff',
    text: files.join(', '),
    detail: await github.diff(`/pulls/${pull.number}`)
  })
  await passing(teller, pull)
  const conclusion = await conclusionOn(teller, watched.run)
  return {
    watched,
    pull,
    files,
    conclusion,
    labelToAgentMs: agentStart(watched) - labelled,
    labelToPullRequestMs
  }
}

interface SecondRun {
  readonly watched: Watched
  readonly revise: StoryOutcome['revise']
  readonly tests: { readonly passed: number; readonly failed: number }
  readonly statusComments: number
  readonly reviewToUpdateMs: number
}

async function secondRun(teller: Teller, issue: Issue, first: FirstRun): Promise<SecondRun> {
  const { github, tell, watching } = teller
  const { pull } = first
  const line = await lineOf(teller, pull)
  const reviewed = Date.now()
  const { body, path, remark } = DEMO_REVIEW
  await github.requestChanges(pull.number, { body, path, line, remark })
  await tell({
    name: 'review',
    text: `lina requests changes at ${path}:${line}`,
    detail: remark,
    where: pull.html_url
  })
  await tellDelivery(teller, 'pull_request_review', 'submitted')
  const made = await runOf(watching, issue.number, 'revise')
  await tell({
    name: 'run',
    text: `${made.id} revises ${first.watched.run.id} for ${made.actor}`
  })
  const watched = await watchRun(watching, made.id)
  const after = await pullOf(teller, watched.run)
  const reviewToUpdateMs = Date.parse(watched.run.finishedAt ?? '') - reviewed
  const change = await github.compare(pull.head.sha, after.head.sha)
  const pulls = await github.pullRequests()
  const samePullRequest =
    after.number === pull.number && pulls.length === 1 && after.state === 'open'
  if (!samePullRequest)
    throw new StoryFailure(
      'revised',
      `pull request ${pull.number} and no other`,
      `there are ${pulls.map(one => one.number).join(', ')}`
    )
  await tell({
    name: 'revised',
    text: `#${after.number} has ${count(change.total_commits, 'new commit')} in ${change.files.map(file => file.filename).join(', ')}`,
    where: after.html_url,
    detail: await github.diff(`/compare/${pull.head.sha}...${after.head.sha}`)
  })
  const sessionResumed = hasResumed(watched, first.watched.run)
  if (!sessionResumed)
    throw new StoryFailure(
      'session',
      'the agent to go on in its session',
      'its second turn does not know the first'
    )
  const tests = await passing(teller, after)
  return {
    watched,
    tests,
    statusComments: (await github.ownComments(issue.number)).length,
    reviewToUpdateMs,
    revise: {
      samePullRequest,
      commits: change.total_commits,
      files: change.files.map(file => file.filename),
      checkRun: { conclusion: await conclusionOn(teller, watched.run) },
      sessionResumed
    }
  }
}

/** Two witnesses: the runner restored a session, and the agent names the run that it remembers. */
function hasResumed(watched: Watched, before: Run): boolean {
  const restored = watched.attempts.some(attempt => attempt.report?.sessionResumed === true)
  const said = watched.lines.some(line => line.startsWith(`my notes of run ${before.id}:`))
  const wrote = watched.run.result?.decisions.some(one => one.includes(`run ${before.id}`)) ?? false
  return restored && said && wrote
}

async function tellDelivery(teller: Teller, event: string, action: string): Promise<void> {
  const { sandbox, tell } = teller
  const delivery = await until(
    wish(teller, 'delivery', `GitHub's ${event} webhook to be taken`),
    () =>
      sandbox
        .deliveries()
        .find(one => one.event === event && one.action === action && one.status !== null) ?? null
  )
  const { id, status } = delivery
  if (status !== 202)
    throw new StoryFailure(
      'delivery',
      '202 from the app',
      `delivery ${id} was answered with ${status}`
    )
  await tell({ name: 'delivery', text: `${event}.${action} is stored (202), ${id}` })
}

async function pullOf({ github }: Teller, run: Run): Promise<PullRequest> {
  if (run.pullRequest !== null) return github.pullRequest(run.pullRequest)
  throw new StoryFailure(
    'pull-request',
    'a pull request',
    `run ${run.id} ended without one (${run.reason ?? 'no reason'})`
  )
}

async function conclusionOn({ github }: Teller, run: Run): Promise<string | null> {
  const checks = await github.checkRuns(run.headSha ?? '', run.id)
  const [check] = checks
  if (checks.length === 1 && check?.conclusion === 'success') return check.conclusion
  const found = checks.map(one => `${one.status} ${one.conclusion}`).join(', ')
  throw new StoryFailure(
    'check',
    'one green check run on the head',
    found === '' ? 'there is none' : found
  )
}

async function lineOf({ github }: Teller, pull: PullRequest): Promise<number> {
  const text = await github.fileAt(DEMO_REVIEW.path, pull.head.sha)
  const at = text.split('\n').findIndex(line => line.includes(DEMO_REVIEW.on))
  if (at >= 0) return at + 1
  throw new StoryFailure(
    'review',
    `${DEMO_REVIEW.on} in ${DEMO_REVIEW.path}`,
    'the agent repaired it in another way'
  )
}

async function passing(teller: Teller, pull: PullRequest): ReturnType<typeof testBranch> {
  const outcome = await test(teller, pull.head.ref)
  if (outcome.failed > 0)
    throw new StoryFailure(
      'tests-pass',
      'all tests to pass',
      `failing: ${outcome.failing.join(', ')}`
    )
  await teller.tell({
    name: 'tests-pass',
    text: `on ${pull.head.ref} all ${outcome.passed} tests pass`
  })
  return outcome
}

function test({ sandbox, folder, path }: Teller, branch: string): ReturnType<typeof testBranch> {
  const cloneUrl = `${sandbox.url}/${DEMO_REPOSITORY.fullName}.git`
  return testBranch({ cloneUrl, branch, folder, path })
}

function agentStart(watched: Watched): number {
  if (watched.agentStartedAt !== null) return watched.agentStartedAt
  throw new StoryFailure('agent', 'an agent.started event', 'there is none')
}

function wish({ signal }: Teller, step: StepName, expected: string): Parameters<typeof until>[0] {
  return { step, expected, signal }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
