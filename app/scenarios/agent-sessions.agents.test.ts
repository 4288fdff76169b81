/** Sessions of the real CLIs: on another replica, after a lost runner host, and what they hold. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { endLocalRuns } from '#app/cli/demo/runner-host.ts'
import type { App } from '#app/main.ts'
import { type Asked, continues, promptsOf } from '#app/sandbox/model/asked.ts'
import type { Script } from '#app/sandbox/model/script.ts'
import { type ScriptedModel, startScriptedModel } from '#app/sandbox/model/start-scripted-model.ts'
import { agentClis } from '#app/testing/agent-clis.ts'
import { isRunning } from '#app/testing/running.ts'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  checks,
  comment,
  ended,
  failedEffects,
  quiet,
  runsOf
} from '#app/testing/story-views.ts'

/** Made up; no agent may ever see it. */
const PROVIDER_KEY = 'key-of-the-provider-0123456789'

const WRITE: Script = {
  name: 'write',
  steps: [
    { write: { path: 'made.txt', text: 'one\n' } },
    { run: 'env' },
    { finish: 'The file is written.' }
  ]
}
/** By the CLI's own tools, so that it must know which folder it works in now. */
const REVISE: Script = {
  name: 'revise',
  steps: [
    { read: 'made.txt' },
    { edit: { path: 'made.txt', from: 'one', to: 'two' } },
    { finish: 'It says two now.' }
  ]
}
const LONG: Script = {
  name: 'long',
  steps: [{ run: 'printf "half\\n" > half.txt; sleep 100' }, { finish: 'Done.' }]
}

let path: string
beforeAll(async () => {
  path = await agentClis()
}, 600_000)

describe.each(['codex', 'claude'] as const)('%s', name => {
  let story: Story
  let model: ScriptedModel
  let first: string
  let second: string
  let running: { readonly state: string; readonly app: App } | null = null
  let revise = REVISE

  beforeAll(async () => {
    model = await startScriptedModel({
      script: asked => (promptsOf(asked).length > 1 ? revise : WRITE)
    })
    story = await beginStory()
    first = join(story.folder, 'state')
    second = join(story.folder, 'state-2')
  }, 120_000)
  afterAll(async () => {
    await running?.app.stop()
    await endLocalRuns(second)
    await story.end()
    await model.close()
  })

  /** One app, on this state folder: another one that runs is stopped first. */
  async function runOn(state: string): Promise<void> {
    if (running?.state === state) return
    await running?.app.stop()
    const prefix = name === 'codex' ? 'STAGEWRIGHT_OPENAI' : 'STAGEWRIGHT_ANTHROPIC'
    const app = await story.start({
      environment: {
        STAGEWRIGHT_STATE_DIR: state,
        STAGEWRIGHT_AGENT: name,
        STAGEWRIGHT_AGENT_PATH: path,
        PATH: process.env.PATH ?? '',
        [`${prefix}_API_KEY`]: PROVIDER_KEY,
        [`${prefix}_BASE_URL`]: model.url
      }
    })
    running = { state, app }
  }

  /** What the model was asked in the turns of a script, oldest first. */
  function turns(script: Script, since = 0): readonly Asked[] {
    return model
      .requests()
      .slice(since)
      .flatMap(({ asked, outcome }) =>
        asked !== null && outcome.kind === 'answer' && outcome.script === script.name ? [asked] : []
      )
  }

  /** Everything that a run's saved session holds, file by file. */
  async function sessionOf(run: string): Promise<ReadonlyMap<string, string>> {
    const [row] = await story.database.db('sessions').where({ run_id: run })
    const text = (await promisify(gunzip)(row.data)).toString()
    const files = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { path: string; data: string })
    return new Map(files.map(file => [file.path, Buffer.from(file.data, 'base64').toString()]))
  }

  test('a replica with another state folder goes on in the session, which holds no key', async () => {
    await runOn(first)
    const issue = await story.issue('Moved', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    const work = await ended(story, issue)
    expect(work).toMatchObject({ state: 'succeeded' })
    await quiet(story)
    await runOn(second)
    await comment(story, 'mona', issue, '/revise\nIt shall say two.')
    expect(await ended(story, issue, 2)).toMatchObject({ state: 'succeeded', kind: 'revise' })
    await quiet(story)
    const [before, after] = [turns(WRITE).at(-1), turns(REVISE).at(0)]
    if (before === undefined || after === undefined) throw new Error('a turn is missing')
    expect(continues(after, before)).toBe(true)
    expect(before.folder).toContain(`${first}/`)
    expect(after.folder).toContain(`${second}/`)
    expect(await failedEffects(story)).toEqual([])

    const files = await sessionOf(work.id)
    const all = [...files.keys(), ...files.values()].join('\n')
    expect(all).toContain('The file is written.')
    // What `env` printed stands in there: the agent's environment as its commands see it.
    expect(all).toContain('STAGEWRIGHT_RESULT_FILE=')
    expect(all).not.toContain(PROVIDER_KEY)
    expect(all).not.toContain('PRIVATE KEY')
  }, 240_000)

  test('with its runner host killed, the platform starts it again and it goes on from its session', async () => {
    await runOn(second)
    const issue = await story.issue('Host', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
    await quiet(story)
    const since = model.requests().length
    revise = LONG
    await comment(story, 'mona', issue, '/revise\nIt shall say two.')
    const pid = await story.until('the long command', () => commandPid(issue), 60)
    revise = REVISE
    const host = JSON.parse(readFileSync(join(second, 'local/runner-host/host.json'), 'utf8'))
    process.kill(host.pid, 'SIGKILL')
    expect(await ended(story, issue, 2, 120)).toMatchObject({ state: 'succeeded', attempt: 2 })
    expect(isRunning(pid)).toBe(false)
    const [before] = turns(LONG, since)
    const [after] = turns(REVISE, since)
    if (before === undefined || after === undefined) throw new Error('a turn is missing')
    expect(promptsOf(after)).toEqual(promptsOf(before))
    await quiet(story)
    expect(await failedEffects(story)).toEqual([])
  }, 240_000)

  test('a model that is silent until the deadline: the run has timed out, says so, and its check is closed', async () => {
    await runOn(second)
    await story.database.db.raw(`
      create function in_a_hurry() returns trigger language plpgsql as
        $$ begin new.timeout_seconds := 12; return new; end $$;
      create trigger in_a_hurry before insert on runs for each row execute function in_a_hurry()`)
    model.fail({ kind: 'silence' }, { times: 100 })
    const issue = await story.issue('Silent', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    expect(await ended(story, issue, 1, 90)).toMatchObject({ state: 'timed_out', attempt: 1 })
    await quiet(story)
    const [row] = await story.database.db('runs').where({ issue_number: issue })
    const own = (await checks(story, row.check_run_sha)).filter(one => one.external_id === row.id)
    expect(own).toMatchObject([{ status: 'completed', conclusion: 'timed_out' }])
    expect((await botComments(story, issue)).join('\n')).toContain('The run was stopped after')
    const pid = Number(at(await started(issue), 'pid'))
    expect(isRunning(pid)).toBe(false)
  }, 180_000)

  async function started(issue: number): Promise<unknown> {
    return (await eventsOf(issue)).findLast(event => event.type === 'agent.started')?.data
  }

  /** Pid of the newest agent, once it runs the long command. */
  async function commandPid(issue: number): Promise<number | null> {
    const [, run] = await runsOf(story, issue)
    if (run === undefined) return null
    const events = (await eventsOf(issue)).filter(event => event.run_id === run.id)
    const runs = events.some(event => JSON.stringify(event).includes('sleep 100'))
    return runs ? Number(at(await started(issue), 'pid')) : null
  }

  async function eventsOf(
    issue: number
  ): Promise<ReadonlyArray<{ run_id: string; type: string; data: unknown }>> {
    return story.database
      .db('run_events')
      .join('runs', 'runs.id', 'run_events.run_id')
      .where({ issue_number: issue })
      .orderBy(['runs.created_at', 'run_events.seq'])
      .select('run_events.run_id', 'run_events.type', 'run_events.data')
  }
})
