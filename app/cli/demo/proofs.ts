/** What the story looks at with its own eyes before it says that something is so. */
import type { Run } from '#app/core/run.ts'
import type { Sandbox } from '#app/sandbox/index.ts'
import { testBranch } from './check-out.ts'
import type { DemoGitHub, PullRequest } from './github.ts'
import { DEMO_REPOSITORY, DEMO_REVIEW } from './repository.ts'
import { type Step, StoryFailure } from './step.ts'
import type { Watched } from './watch-run.ts'

interface Scene {
  readonly github: DemoGitHub
  readonly sandbox: Sandbox
  readonly folder: string
  readonly path: string
  readonly tell: (step: Step) => void | Promise<void>
}

/** Two witnesses: the runner restored a session, and the agent names the run that it remembers. */
export function agentRemembers(watched: Watched, before: Run): boolean {
  const restored = watched.attempts.some(attempt => attempt.report?.sessionResumed === true)
  const said = watched.lines.some(line => line.startsWith(`my notes of run ${before.id}:`))
  const wrote = watched.run.result?.decisions.some(one => one.includes(`run ${before.id}`)) ?? false
  return restored && said && wrote
}

export async function pullOf({ github }: Scene, run: Run): Promise<PullRequest> {
  if (run.pullRequest !== null) return github.pullRequest(run.pullRequest)
  throw new StoryFailure(
    'pull-request',
    'a pull request',
    `run ${run.id} ended without one (${run.reason ?? 'no reason'})`
  )
}

export async function conclusionOn({ github }: Scene, run: Run): Promise<string | null> {
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

export async function lineOf({ github }: Scene, pull: PullRequest): Promise<number> {
  const text = await github.fileAt(DEMO_REVIEW.path, pull.head.sha)
  const at = text.split('\n').findIndex(line => line.includes(DEMO_REVIEW.on))
  if (at >= 0) return at + 1
  throw new StoryFailure(
    'review',
    `${DEMO_REVIEW.on} in ${DEMO_REVIEW.path}`,
    'the agent repaired it in another way'
  )
}

export async function passing(teller: Scene, pull: PullRequest): ReturnType<typeof testBranch> {
  const outcome = await testsOn(teller, pull.head.ref)
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

export function testsOn(
  { sandbox, folder, path }: Scene,
  branch: string
): ReturnType<typeof testBranch> {
  const cloneUrl = `${sandbox.url}/${DEMO_REPOSITORY.fullName}.git`
  return testBranch({ cloneUrl, branch, folder, path })
}
