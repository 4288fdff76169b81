import { type Command, Option } from 'commander'
import { chooseDemoAgent, DEMO_AGENTS, type DemoAgentWish } from '#app/cli/demo/choose-agent.ts'
import type { StoryOutcome } from '#app/cli/demo/outcome.ts'
import { type DemoStage, openStage } from '#app/cli/demo/stage.ts'
import { StoryFailure } from '#app/cli/demo/step.ts'
import { tellStory } from '#app/cli/demo/story.ts'
import { createTeller, named, type Teller } from '#app/cli/demo/teller.ts'
import { reasonOf } from '#app/cli/demo/wait.ts'
import { type Io, type JsonOption, printJson } from '#app/cli/io.ts'
import { wholeNumber } from '#app/cli/options.ts'
import { aborted, stopSignal } from '#app/cli/stop-signal.ts'

/** Seconds; a real model thinks, a scripted one does not. */
const TIMEOUT = { scripted: 170, live: 900 } as const

interface DemoOptions extends JsonOption, DemoAgentWish {
  readonly exit?: true
  readonly timeout?: number
  readonly workers: number
  readonly webs: number
}

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .summary('see the whole way from an issue to a pull request on this machine')
    .description(
      'Starts Postgres, a GitHub of its own and the app in a temporary folder, and tells step by step how a label on an issue becomes a checked pull request, and a review its update. Needs no account and no key. With DATABASE_URL it works in a database of its own on that server and drops it at the end.'
    )
    .addOption(
      new Option(
        '--agent <name>',
        'which agent does the work; default: the first real one on PATH, else a small program of ours'
      ).choices(DEMO_AGENTS)
    )
    .option(
      '--live',
      'with the real model and your key, which costs money; default: a scripted model'
    )
    .option('--exit', 'end when the story is told, instead of waiting for Ctrl-C')
    .option(
      '--timeout <seconds>',
      `give up after so many seconds; default: ${TIMEOUT.scripted}, with --live ${TIMEOUT.live}`,
      wholeNumber(10, 3600)
    )
    .option(
      '--workers <count>',
      'so many worker processes, apart from the webs',
      wholeNumber(0, 8),
      0
    )
    .option('--webs <count>', 'so many web processes behind one address', wholeNumber(0, 8), 0)
    .option('--json', 'print one JSON object at the end; the story goes to stderr')
    .addHelpText(
      'after',
      `
Examples:
  $ npm run demo
  $ npm run demo -- --exit --json
  $ npm run demo -- --agent claude
  $ OPENAI_API_KEY=... npm run demo -- --agent codex --live
  $ DATABASE_URL=postgres://me@localhost/postgres stagewright demo --workers 2 --webs 2`
    )
    .action((options: DemoOptions) => demo(io, options))
}

async function demo(io: Io, options: DemoOptions): Promise<void> {
  const agent = await chooseDemoAgent(io.env, options)
  const timeout = options.timeout ?? (agent.key === null ? TIMEOUT.scripted : TIMEOUT.live)
  const startedAt = Date.now()
  const teller = createTeller(io, options.json === true ? 'stderr' : 'stdout', startedAt)
  const stop = stopSignal(() => process.exit(1))
  const failure = new AbortController()
  const timer = setTimeout(
    () => failure.abort(new Error(`the time is up (--timeout ${timeout})`)),
    timeout * 1000
  )
  const signal = AbortSignal.any([failure.signal, stop.signal])
  let stage: DemoStage | null = null
  let outcome: StoryOutcome | null = null
  try {
    stage = await openStage({ ...options, agent, env: io.env, signal, tell: teller.tell })
    watchProcesses(stage, failure)
    const { sandbox, database, path } = stage
    outcome = await tellStory({
      sandbox,
      store: database.store,
      folder: `${stage.folder}/clones`,
      path,
      hasResumed: stage.hasResumed,
      signal,
      tell: teller.tell
    })
    clearTimeout(timer)
    await ending(stage, teller, { outcome, signal, wait: options.exit !== true })
  } catch (error) {
    const known =
      signal.aborted && !(error instanceof StoryFailure) ? new Error(reasonOf(signal)) : error
    if (!stop.signal.aborted) teller.log((await stage?.log()) ?? '')
    await stage?.close()
    throw named(known)
  } finally {
    clearTimeout(timer)
  }
  await stage.close()
  stop.release()
  teller.note('everything is stopped and removed')
  if (options.json === true)
    printJson(io, {
      ok: true,
      ...outcome,
      agentWhy: agent.why,
      model: stage.model,
      database: stage.database.kind,
      processes: stage.processes.length,
      totalMs: Date.now() - startedAt
    })
}

/** An app that ends by itself ends the story. */
function watchProcesses(stage: DemoStage, failure: AbortController): void {
  for (const app of stage.processes) {
    app.ended.then(how => failure.abort(new Error(`an app process ended with ${how}`)))
  }
}

async function ending(
  stage: DemoStage,
  teller: Teller,
  given: { readonly outcome: StoryOutcome; readonly signal: AbortSignal; readonly wait: boolean }
): Promise<void> {
  const { outcome, signal, wait } = given
  const seconds = (outcome.labelToPullRequestMs / 1000).toFixed(1)
  teller.tell({
    name: 'end',
    text: `from label to pull request ${seconds} s, from review to update ${(outcome.reviewToUpdateMs / 1000).toFixed(1)} s`
  })
  if (!wait) return
  teller.note(`look at it: ${outcome.pullRequest.url} and ${stage.sandbox.url}`)
  teller.note('Ctrl-C stops everything and removes it')
  await aborted(signal)
}
