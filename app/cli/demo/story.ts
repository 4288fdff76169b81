/** The story of the demo: from a label on an issue to a pull request, and through its review. */
import type { Run } from '#app/core/run.ts'
import type { Store } from '#app/ports/store.ts'
import type { Sandbox } from '#app/sandbox/index.ts'
import { DemoGitHub, type Issue, type PullRequest } from './github.ts'
import type { StoryOutcome } from './outcome.ts'
import { conclusionOn, lineOf, passing, pullOf, testsOn } from './proofs.ts'
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
  /** Whether the second turn knows the first. */
  readonly hasResumed: (watched: Watched, before: Run) => boolean
  /** Ends the story with a StoryFailure that tells the reason. */
  readonly signal: AbortSignal
  /** Awaited, so that a test can kill and start the app at a named step. */
  readonly tell: (step: Step) => void | Promise<void>
}

interface Scene extends StoryWorld {
  readonly github: DemoGitHub
  readonly watching: WatchWorld
}

/** Tells the whole story on an app that takes the sandbox's webhooks. Throws StoryFailure. */
export async function tellStory(world: StoryWorld): Promise<StoryOutcome> {
  const github = await makeRepository(world)
  const scene = { ...world, github, watching: { ...world, github } }
  const issue = await github.createIssue(DEMO_ISSUE)
  await world.tell({
    name: 'repository',
    text: `${DEMO_REPOSITORY.fullName} with issue #${issue.number}: ${DEMO_ISSUE.title}`,
    where: issue.html_url
  })
  const before = await testsOn(scene, 'main')
  if (before.failed === 0)
    throw new StoryFailure('tests-fail', 'a failing test on main', 'all pass')
  await world.tell({
    name: 'tests-fail',
    text: `on main ${count(before.failed, 'test')} failing: "${before.failing[0]}"`
  })
  const first = await firstRun(scene, issue)
  const second = await secondRun(scene, issue, first)
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

async function firstRun(scene: Scene, issue: Issue): Promise<FirstRun> {
  const { github, tell, watching } = scene
  const labelled = Date.now()
  await github.addLabel(issue.number, 'run:dev')
  await tell({
    name: 'label',
    text: `mona puts run:dev on #${issue.number}`,
    where: issue.html_url
  })
  await tellDelivery(scene, 'issues', 'labeled')
  await until(wish(scene, 'acknowledged', '👀 on the issue'), async () =>
    (await github.reactions(issue.number)).includes('eyes')
  )
  await tell({ name: 'acknowledged', text: '👀 on the issue' })
  const made = await runOf(watching, issue.number, 'work')
  await tell({
    name: 'run',
    text: `${made.id} for ${made.actor}, agent "${made.agent.name}"`
  })
  const watched = await watchRun(watching, made.id)
  const pull = await pullOf(scene, watched.run)
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
  await passing(scene, pull)
  const conclusion = await conclusionOn(scene, watched.run)
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

async function secondRun(scene: Scene, issue: Issue, first: FirstRun): Promise<SecondRun> {
  const { github, tell, watching } = scene
  const { pull } = first
  const line = await lineOf(scene, pull)
  const reviewed = Date.now()
  const { body, path, remark } = DEMO_REVIEW
  await github.requestChanges(pull.number, { body, path, line, remark })
  await tell({
    name: 'review',
    text: `lina requests changes at ${path}:${line}`,
    detail: remark,
    where: pull.html_url
  })
  await tellDelivery(scene, 'pull_request_review', 'submitted')
  const made = await runOf(watching, issue.number, 'revise')
  await tell({
    name: 'run',
    text: `${made.id} revises ${first.watched.run.id} for ${made.actor}`
  })
  const watched = await watchRun(watching, made.id)
  const after = await pullOf(scene, watched.run)
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
  const sessionResumed = scene.hasResumed(watched, first.watched.run)
  if (!sessionResumed)
    throw new StoryFailure(
      'session',
      'the agent to go on in its session',
      'its second turn does not know the first'
    )
  await tell({ name: 'session', text: 'the agent went on in it: the second turn knew the first' })
  const tests = await passing(scene, after)
  return {
    watched,
    tests,
    statusComments: (await github.ownComments(issue.number)).length,
    reviewToUpdateMs,
    revise: {
      samePullRequest,
      commits: change.total_commits,
      files: change.files.map(file => file.filename),
      checkRun: { conclusion: await conclusionOn(scene, watched.run) },
      sessionResumed
    }
  }
}

async function tellDelivery(scene: Scene, event: string, action: string): Promise<void> {
  const { sandbox, tell } = scene
  const delivery = await until(
    wish(scene, 'delivery', `GitHub's ${event} webhook to be taken`),
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

function agentStart(watched: Watched): number {
  if (watched.agentStartedAt !== null) return watched.agentStartedAt
  throw new StoryFailure('agent', 'an agent.started event', 'there is none')
}

function wish({ signal }: Scene, step: StepName, expected: string): Parameters<typeof until>[0] {
  return { step, expected, signal }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
