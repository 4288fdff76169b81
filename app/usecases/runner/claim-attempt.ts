import type { RunnerJob } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import { fullName } from '#app/core/project.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'
import { findSession } from './session.ts'

const HEARTBEAT_SECONDS = 5

/** What the place of work may know. Asking twice gives the same answer. */
export async function claimAttempt(
  world: Pick<World, 'store' | 'settings' | 'github'>,
  identity: RunnerIdentity
): Promise<RunnerJob> {
  const { attempt, run, repository } = identity
  if (
    run.prompt === null ||
    run.baseSha === null ||
    run.baseRef === null ||
    run.deadlineAt === null
  ) {
    throw new AppError(
      'FAILED_PRECONDITION',
      `claiming attempt ${attempt.id}, which is not prepared`
    )
  }
  const app = await world.github.identity()
  const session = await world.store.transaction(async tables => {
    await tables.attempts.change(attempt.id, { claimed: true, heartbeat: true })
    return findSession(tables, run)
  })
  return {
    attempt: attempt.id,
    run: run.id,
    number: attempt.number,
    repository: fullName(repository),
    branch: run.branch,
    baseSha: run.baseSha,
    baseRef: run.baseRef,
    agent: run.agent,
    prompt: run.prompt,
    session: session === null ? null : { id: session.sessionId, agent: session.agent },
    author: { name: app.login, email: app.email },
    commitSubject: `${subject(run.request.issue.title)} (#${run.issueNumber})`,
    limits: world.settings.attempt,
    deadlineAt: run.deadlineAt,
    heartbeatSeconds: HEARTBEAT_SECONDS
  }
}

/** An issue's title as one line of a commit. */
function subject(title: string): string {
  const line = title
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
  return line === '' ? 'Changes' : line.slice(0, 100)
}
