/** Reads for people: what stands in a status reply, on the command line, in a comment and a check run. */

import { AppError } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import type { Run } from '#app/core/run.ts'
import { isFinal } from '#app/core/run.ts'
import { lastStatuses, type RunView } from '#app/core/run-view.ts'
import type { Attempt } from '#app/ports/attempts.ts'
import type { StoredRunEvent } from '#app/ports/run-output.ts'
import type { Tables } from '#app/ports/store.ts'
import { REPLIES } from '#app/replies/index.ts'
import type { World } from './world.ts'

const TAIL_LINES = 40
const EVENTS_SHOWN = 500

/** A run with what belongs to it, as one snapshot. */
export interface RunDetails {
  readonly run: Run
  readonly repository: Repository
  readonly attempts: readonly Attempt[]
  readonly events: readonly StoredRunEvent[]
}

/** Throws RUN_NOT_FOUND. */
export async function showRun(world: Pick<World, 'store'>, id: string): Promise<RunDetails> {
  return world.store.transaction(async tables => {
    const run = await tables.runs.load(id)
    if (run === null)
      throw new AppError('RUN_NOT_FOUND', `looking up run ${id}; \`stagewright runs\` lists them`)
    return details(tables, run, EVENTS_SHOWN)
  })
}

async function details(tables: Tables, run: Run, limit: number): Promise<RunDetails> {
  const repository = await tables.projects.repositoryById(run.repositoryId)
  if (repository === null)
    throw new AppError('NOT_FOUND', `looking up repository ${run.repositoryId}`)
  const attempts = await tables.attemptLists.of(run.id)
  const events = limit === 0 ? [] : await tables.runEvents.list(run.id, 0, limit)
  return { run, repository, attempts, events }
}

/** Everything that the status comment and the check run show of a run. */
export async function viewRun(
  world: Pick<World, 'clock' | 'settings'>,
  tables: Tables,
  run: Run
): Promise<{ readonly view: RunView; readonly repository: Repository }> {
  const { repository, attempts } = await details(tables, run, 0)
  const said = await tables.runEvents.newest(run.id, 'agent.message', 100)
  const view: RunView = {
    run,
    repository: fullName(repository),
    webUrl: null,
    pullRequestUrl: pullRequestUrl(run),
    attempts: attempts.map(({ number, startedAt, endedAt, isolation }) => ({
      number,
      startedAt,
      endedAt,
      isolation
    })),
    statuses: lastStatuses(messages(said)),
    logTail: run.attempt === 0 ? '' : await tables.logs.tail(run.id, run.attempt, TAIL_LINES),
    sessionResumed:
      run.kind === 'revise' && attempts.some(attempt => attempt.report?.sessionResumed === true),
    detailsUrl: world.settings.publicUrl,
    now: world.clock.now().toISOString()
  }
  return { view, repository }
}

function pullRequestUrl(run: Run): string | null {
  if (run.pullRequest === null) return null
  return run.request.issue.url.replace(/\/issues\/\d+$/, `/pull/${run.pullRequest}`)
}

/** What the agent said, oldest first. */
function messages(
  events: readonly StoredRunEvent[]
): ReadonlyArray<{ readonly text: string; readonly at: string }> {
  return events.flatMap(event => {
    const text = event.data.text
    return event.type === 'agent.message' && typeof text === 'string'
      ? [{ text, at: event.at }]
      : []
  })
}

/** Text of `/status`: the issue's newest run. */
export async function statusOf(
  tables: Tables,
  repository: Repository,
  issue: number
): Promise<string> {
  const run = await tables.runLists.latest(repository.id, { issue })
  return REPLIES.commandStatus.render[repository.locale]({
    run,
    repository: fullName(repository),
    active: run !== null && !isFinal(run.state)
  })
}
