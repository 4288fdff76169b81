/** The demo as a person starts it: a process of its own, its JSON, and nothing left when it ends. */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { emptyDatabase } from '#app/testing/database.ts'
import { until } from '#app/testing/running.ts'

const PROGRAM = fileURLToPath(new URL('../cli/stagewright.js', import.meta.url))

let temp: string

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'stagewright-demo-test-'))
  await chmod(temp, 0o711)
})

afterEach(() => rm(temp, { recursive: true, force: true }))

interface Demo {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunningDemo {
  readonly ended: Promise<Demo>
  said(): string
  signal(name: NodeJS.Signals): void
}

/** With the small program unless the test says otherwise: the real CLIs have tests of their own. */
const PLAIN = ['--agent', 'command'] as const

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningDemo {
  const child = spawn(process.execPath, [PROGRAM, 'demo', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: temp, TMPDIR: temp, ...env }
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (said.stderr += text))
  return {
    ended: new Promise(resolve => child.once('close', code => resolve({ code, ...said }))),
    said: () => said.stdout + said.stderr,
    signal: name => void child.kill(name)
  }
}

/** Processes whose command line or working folder lies in this test's temp folder. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    // A process may end while we look; then it is not left.
    const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll(
      '\0',
      ' '
    )
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (line.includes(folder) || cwd.startsWith(folder)) found.push(`${pid} ${line}`)
  }
  return found
}

/** What a demo keeps for the next one (copied programs) may stay in the temp folder; its own may not. */
async function expectNothingLeft(): Promise<void> {
  expect((await readdir(temp)).filter(name => !/^stagewright-(\d+|uids)$/.test(name))).toEqual([])
  const caches = (await readdir(temp)).filter(name => /^stagewright-\d+$/.test(name))
  for (const cache of caches) {
    const kept = await readdir(join(temp, cache))
    expect(kept.filter(name => /^(throwaway|places)-/.test(name))).toEqual([])
  }
  if (process.platform === 'linux') expect(await processesIn(temp)).toEqual([])
}

const WHOLE = {
  ok: true,
  agent: 'command',
  agentWhy: 'a small program of ours, as asked',
  model: null,
  issue: 1,
  pullRequest: {
    number: 2,
    url: expect.stringMatching(/\/octo\/pages\/pull\/2$/),
    files: ['src/pages.js']
  },
  checkRun: { conclusion: 'success' },
  tests: { failedBefore: 1, failedAfter: 0, passed: 5 },
  statusComments: 2,
  revise: {
    samePullRequest: true,
    commits: 1,
    files: ['src/pages.js', 'test/pages.test.js'],
    checkRun: { conclusion: 'success' },
    sessionResumed: true
  }
}

test('one process and the embedded Postgres: the whole story, one JSON line, nothing left', async () => {
  const { code, stdout, stderr } = await demo([...PLAIN, '--exit', '--json']).ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout.trimEnd()).not.toContain('\n')
  const told = JSON.parse(stdout)
  expect(told).toMatchObject({ ...WHOLE, database: 'embedded', processes: 1 })
  expect(told.labelToAgentMs).toBeGreaterThan(0)
  expect(told.labelToPullRequestMs).toBeGreaterThan(told.labelToAgentMs)
  expect(told.totalMs).toBeGreaterThan(told.labelToPullRequestMs + told.reviewToUpdateMs)
  await expectNothingLeft()
}, 180_000)

test('two workers and two webs on a server of ours: the same story, and its database is dropped', async () => {
  const database = await emptyDatabase()
  try {
    const args = [...PLAIN, '--exit', '--json', '--workers', '2', '--webs', '2']
    const { code, stdout, stderr } = await demo(args, { DATABASE_URL: database.url }).ended
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(JSON.parse(stdout)).toMatchObject({ ...WHOLE, database: 'server', processes: 4 })
    const left = await database.db('pg_database').where('datname', 'like', 'stagewright\\_demo\\_%')
    expect(left).toEqual([])
  } finally {
    await database.drop()
  }
  await expectNothingLeft()
}, 180_000)

test('stopped while the agent works it says where it was, ends with 1 and leaves nothing', async () => {
  const running = demo([...PLAIN, '--exit', '--json'])
  await until('the agent', () => running.said().includes('started, process'), 120_000)
  running.signal('SIGTERM')
  const { code, stdout } = await running.ended
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { code: 'FAILED_PRECONDITION', message: expect.stringContaining('stopped by SIGTERM') }
  })
  await expectNothingLeft()
}, 180_000)

test('without --exit it names the address, waits, and ends well when a person stops it', async () => {
  const running = demo([...PLAIN])
  await until('the end of the story', () => running.said().includes('Ctrl-C stops'), 150_000)
  expect(running.said()).toContain('+  return Math.ceil(items / perPage)')
  const [, url = ''] = /look at it: (\S+)/.exec(running.said()) ?? []
  expect(await (await fetch(url)).text()).toContain('Math.ceil')
  running.signal('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  await expectNothingLeft()
}, 180_000)

test.each([
  [['--agent', 'claude'], {}, 'the agent claude is not on PATH; install it (npm install'],
  [['--agent', 'codex', '--live'], {}, 'the agent codex is not on PATH; install it (npm install'],
  [['--live'], { OPENAI_API_KEY: 'made-up' }, '--live needs Codex with OPENAI_API_KEY, or Claude'],
  [['--agent', 'gemini'], {}, null]
])(
  '%j without what it needs is a usage error before anything starts',
  async (args, env, message) => {
    const { code, stdout, stderr } = await demo([...args, '--exit', '--json'], {
      ...env,
      PATH: temp
    }).ended
    expect({ code, stderr }).toMatchObject({ code: 2 })
    if (message === null) expect(stderr).toContain('Allowed choices are codex, claude, command')
    else
      expect(JSON.parse(stdout)).toMatchObject({
        ok: false,
        error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }
      })
    await expectNothingLeft()
  },
  60_000
)
