/** Follows one run to its end and tells what it sees: events, log lines, check run states. */
import type { LogChunk } from '#app/core/attempt.ts'
import { isFinal, type Run } from '#app/core/run.ts'
import type { Attempt } from '#app/ports/attempts.ts'
import type { StoredRunEvent } from '#app/ports/run-output.ts'
import type { Store } from '#app/ports/store.ts'
import type { DemoGitHub } from './github.ts'
import { type Step, StoryFailure } from './step.ts'
import { until } from './wait.ts'

export interface WatchWorld {
  readonly github: DemoGitHub
  readonly store: Store
  readonly signal: AbortSignal
  readonly tell: (step: Step) => void | Promise<void>
}

export interface Watched {
  readonly run: Run
  readonly attempts: readonly Attempt[]
  /** All that the agent printed. */
  readonly lines: readonly string[]
  /** When the agent's process was started; null when nothing said so. */
  readonly agentStartedAt: number | null
}

/** The newest run of an issue of this kind, once there is one. */
export async function runOf(world: WatchWorld, issue: number, kind: Run['kind']): Promise<Run> {
  const wish = {
    step: 'run',
    expected: `a ${kind} run of issue ${issue}`,
    signal: world.signal
  } as const
  return until(wish, async () => {
    const runs = await world.store.transaction(({ runLists }) => runLists.list({ limit: 20 }))
    return runs.find(run => run.issueNumber === issue && run.kind === kind) ?? null
  })
}

/** The signal ends it sooner: a real model takes its time. */
const MOST_SECONDS = 3600

/** Throws StoryFailure when the run does not succeed. */
export async function watchRun(world: WatchWorld, id: string): Promise<Watched> {
  const watch = new Watch(world, id)
  const wish = {
    step: 'run',
    expected: `run ${id} to end`,
    signal: world.signal,
    seconds: MOST_SECONDS
  } as const
  const run = await until(wish, () => watch.look())
  if (run.state !== 'succeeded') {
    const why = [run.reason, run.detail].filter(part => part !== null).join(': ')
    throw new StoryFailure(
      'run',
      `run ${id} to succeed`,
      `it ended as ${run.state}${why === '' ? '' : ` (${why})`}`
    )
  }
  await until(
    { ...wish, step: 'check', expected: 'its check run to be completed', seconds: 120 },
    () => watch.isClosed(run)
  )
  return watch.seen(run)
}

class Watch {
  readonly #world: WatchWorld
  readonly #id: string
  readonly #lines: string[] = []
  readonly #checks = new Map<string, string>()
  #events = 0
  #chunks = { attempt: 0, seq: 0, rest: '' }
  #attempts: readonly Attempt[] = []
  #agentStartedAt: number | null = null

  constructor(world: WatchWorld, id: string) {
    this.#world = world
    this.#id = id
  }

  seen(run: Run): Watched {
    return {
      run,
      attempts: this.#attempts,
      lines: this.#lines,
      agentStartedAt: this.#agentStartedAt
    }
  }

  /** One look: tells what is new; the run when it has ended. */
  async look(): Promise<Run | null> {
    const { store } = this.#world
    const { run, events, chunks, attempts } = await store.transaction(async tables => {
      const found = await tables.runs.load(this.#id)
      if (found === null) throw new StoryFailure('run', `run ${this.#id}`, 'it is gone')
      if (found.attempt !== this.#chunks.attempt)
        this.#chunks = { attempt: found.attempt, seq: 0, rest: '' }
      const { attempt, seq } = this.#chunks
      return {
        run: found,
        events: await tables.runEvents.list(this.#id, this.#events, 100),
        chunks: await tables.logs.read(this.#id, attempt, seq, 100),
        attempts: await tables.attemptLists.of(this.#id)
      }
    })
    this.#attempts = attempts
    // Two streams, told in the order in which things happened.
    const news = [...events, ...chunks].sort(
      (one, other) => Date.parse(one.at) - Date.parse(other.at)
    )
    for (const one of news) await ('text' in one ? this.#chunk(one) : this.#event(one))
    await this.#lookAtChecks(run)
    return isFinal(run.state) && events.length === 0 && chunks.length === 0 ? run : null
  }

  /** Whether every check run of this run is completed, the one on the pull request's head among them. */
  async isClosed(run: Run): Promise<boolean> {
    await this.#lookAtChecks(run)
    const states = [...this.#checks.entries()]
    const onHead = states.some(([sha]) => sha === (run.headSha ?? run.anchorSha))
    return onHead && states.every(([, state]) => state.startsWith('completed'))
  }

  async #lookAtChecks(run: Run): Promise<void> {
    const { github, tell } = this.#world
    for (const sha of new Set([run.anchorSha, run.headSha])) {
      if (sha === null) continue
      // Before the push GitHub does not know the commit; the next look finds it.
      const checks = await github.checkRuns(sha, run.id).catch(() => [])
      for (const check of checks) {
        const state =
          check.conclusion === null ? check.status : `${check.status}, ${check.conclusion}`
        if (this.#checks.get(sha) === state) continue
        this.#checks.set(sha, state)
        const text = `on ${sha.slice(0, 7)}: ${state}, "${check.output.title ?? ''}"`
        await tell({ name: 'check', text, where: check.html_url })
      }
    }
  }

  async #chunk({ seq, text }: LogChunk): Promise<void> {
    this.#chunks.seq = seq
    const lines = (this.#chunks.rest + text).split('\n')
    this.#chunks.rest = lines.pop() ?? ''
    for (const line of lines) {
      this.#lines.push(line)
      await this.#world.tell({ name: 'line', text: line })
    }
  }

  async #event(event: StoredRunEvent): Promise<void> {
    this.#events = event.seq
    if (event.type === 'agent.started') this.#agentStartedAt = Date.parse(event.at)
    const step = stepOf(event)
    if (step !== null) await this.#world.tell(step)
  }
}

function stepOf({ type, data }: StoredRunEvent): Step | null {
  const short = (sha: unknown): string => String(sha).slice(0, 7)
  switch (type) {
    case 'place.ready':
      return { name: 'place', text: `clone of ${data.branch} at ${short(data.base)} stands` }
    case 'session.restored':
      return { name: 'session', text: `the agent's session folder is back: ${data.files} file(s)` }
    case 'agent.started':
      return { name: 'agent', text: `started, process ${data.pid}` }
    case 'attempt.reported':
      return { name: 'handed-over', text: 'result, session and git bundle are with the app' }
    case 'gate.passed':
      return {
        name: 'gate',
        text: `passed: ${data.files} file(s), ${data.commits} commit(s); base, paths, secrets and sizes are fine`
      }
    case 'branch.pushed':
      return { name: 'push', text: `${data.branch} is at ${short(data.head)}` }
    case 'run.attempt_lost':
      return {
        name: 'run',
        text: `attempt ${data.attempt} was lost (${data.why}); another one follows`
      }
    default:
      return null
  }
}
