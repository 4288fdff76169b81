/** The real Codex CLI and Claude Code in the real app, against a model that plays scripts (issue 4). */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { continues, promptsOf } from '#app/sandbox/model/asked.ts'
import type { Script } from '#app/sandbox/model/script.ts'
import { type ScriptedModel, startScriptedModel } from '#app/sandbox/model/start-scripted-model.ts'
import { agentClis } from '#app/testing/agent-clis.ts'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import { addLabel, botComments, checks, comment, ended, quiet } from '#app/testing/story-views.ts'

const CLI = fileURLToPath(import.meta.resolve('#app/cli/stagewright.js'))
/** Made up; no agent may ever see it. */
const PROVIDER_KEY = 'key-of-the-provider-0123456789'

const WRITE: Script = {
  name: 'write',
  steps: [
    { say: 'I write the file.' },
    { run: 'printf "one\\n" > made.txt' },
    { finish: 'The file is written.' }
  ]
}
const LONG: Script = {
  name: 'long',
  steps: [
    { say: 'This takes a while.' },
    { run: 'printf "half\\n" > half.txt; sleep 100' },
    { finish: 'Done.' }
  ]
}
const GO_ON: Script = {
  name: 'go-on',
  steps: [{ run: 'printf "whole\\n" > whole.txt' }, { finish: 'Went on where I was.' }]
}

let path: string
beforeAll(async () => {
  path = await agentClis()
}, 600_000)

describe.each(['codex', 'claude'] as const)('%s', name => {
  let story: Story
  let model: ScriptedModel
  let script: (prompts: readonly string[]) => Script = () => WRITE

  beforeAll(async () => {
    model = await startScriptedModel({ script: asked => script(promptsOf(asked)) })
    story = await beginStory()
    const prefix = name === 'codex' ? 'STAGEWRIGHT_OPENAI' : 'STAGEWRIGHT_ANTHROPIC'
    await story.start({
      environment: {
        STAGEWRIGHT_AGENT: name,
        STAGEWRIGHT_AGENT_PATH: path,
        PATH: process.env.PATH ?? '',
        [`${prefix}_API_KEY`]: PROVIDER_KEY,
        [`${prefix}_BASE_URL`]: model.url
      }
    })
  }, 120_000)
  afterEach(() => model.clearFailures())
  afterAll(async () => {
    await story.end()
    await model.close()
  })

  test('tells the demo’s story, its session resumed in another folder by the model’s own record', async () => {
    const env = { PATH: process.env.PATH ?? '', HOME: story.folder, STAGEWRIGHT_AGENT_PATH: path }
    const words = [CLI, 'demo', '--agent', name, '--exit', '--json']
    const told = await promisify(execFile)(process.execPath, words, { env })
    expect(JSON.parse(told.stdout)).toMatchObject({
      ok: true,
      agent: name,
      pullRequest: { files: ['src/pages.js'] },
      checkRun: { conclusion: 'success' },
      revise: { samePullRequest: true, commits: 1, sessionResumed: true }
    })
  }, 180_000)

  test('killed in the middle it goes on from its session, and never held the provider’s key', async () => {
    script = prompts => (prompts.length > 1 ? GO_ON : LONG)
    const issue = await story.issue('Killed', 'Write two files.')
    await addLabel(story, 'mona', issue, 'run:dev')
    const pid = await story.until('the long command', () => commandPid(issue), 60)
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    expect(environment).not.toContain(PROVIDER_KEY)
    expect(environment).not.toMatch(/sk-|ghs_|PRIVATE KEY/)
    // What it has not written yet nobody could go on from.
    const [, session = ''] = /STAGEWRIGHT_SESSION_DIR=([^\0]+)/.exec(environment) ?? []
    await story.until('the session to be written', async () => holds(session, 'sleep 100'))
    process.kill(-pid, 'SIGKILL')
    expect(await ended(story, issue)).toMatchObject({ state: 'failed', reason: 'agent_failed' })
    await quiet(story)
    await comment(story, 'mona', issue, '/retry')
    const run = await story.until('the retry to succeed', async () => {
      const last = await ended(story, issue)
      return last.state === 'succeeded' ? last : null
    })
    expect(run.attempt).toBe(2)
    const turns = (which: Script) =>
      model
        .requests()
        .flatMap(({ asked, outcome }) =>
          asked !== null && outcome.kind === 'answer' && outcome.script === which.name
            ? [asked]
            : []
        )
    const [first] = turns(LONG)
    expect(turns(GO_ON).some(later => first !== undefined && continues(later, first))).toBe(true)
  }, 180_000)

  test('a model that says 429 and then breaks its stream is asked again, and the run succeeds', async () => {
    script = () => WRITE
    model.fail({ kind: 'rate_limited', retryAfterSeconds: 1 })
    model.fail({ kind: 'broken_stream', afterEvents: 2 })
    const issue = await story.issue('Troubled', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    expect(await ended(story, issue, 1, 120)).toMatchObject({ state: 'succeeded', attempt: 1 })
    const failed = model.requests().filter(({ outcome }) => outcome.kind === 'failure')
    expect(failed.map(({ outcome }) => at(outcome, 'failure', 'kind'))).toEqual([
      'rate_limited',
      'broken_stream'
    ])
  }, 180_000)

  test('a model that refuses ends the run with the reason in its own words', async () => {
    script = () => WRITE
    model.fail({ kind: 'refused', status: 400 }, { times: 100 })
    const issue = await story.issue('Refused', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    const run = await ended(story, issue, 1, 120)
    expect(run).toMatchObject({ state: 'failed', reason: 'agent_failed' })
    await quiet(story)
    expect((await botComments(story, issue)).join('\n')).toContain('refused (ordered)')
    await checkIsClosed(issue)
  }, 180_000)

  test('a model that falls silent holds nothing for ever: the run can be canceled, and its check closes', async () => {
    script = () => WRITE
    model.fail({ kind: 'silence' }, { times: 100 })
    const issue = await story.issue('Silent', 'Write a file.')
    await addLabel(story, 'mona', issue, 'run:dev')
    await story.until(
      'the silence',
      async () => model.requests().at(-1)?.outcome.kind === 'failure'
    )
    await comment(story, 'mona', issue, '/cancel')
    expect(await ended(story, issue)).toMatchObject({ state: 'canceled' })
    await quiet(story)
    await checkIsClosed(issue)
  }, 180_000)

  /** Whether a file below the folder holds the text. */
  function holds(folder: string, text: string): boolean {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .some(entry => readFileSync(join(entry.parentPath, entry.name)).includes(text))
  }

  /** Pid of the agent, once it runs the long command. */
  async function commandPid(issue: number): Promise<number | null> {
    const rows = (await story.database
      .db('run_events')
      .join('runs', 'runs.id', 'run_events.run_id')
      .where({ issue_number: issue })
      .select('run_events.type', 'run_events.data')) as Array<{ type: string; data: unknown }>
    if (!rows.some(row => JSON.stringify(row).includes('sleep 100'))) return null
    const started = rows.find(row => row.type === 'agent.started')
    return started === undefined ? null : Number(at(started.data, 'pid'))
  }

  async function checkIsClosed(issue: number): Promise<void> {
    const [row] = await story.database.db('runs').where({ issue_number: issue })
    const own = (await checks(story, row.check_run_sha)).filter(one => one.external_id === row.id)
    expect(own.map(one => one.status)).toEqual(['completed'])
  }
})
