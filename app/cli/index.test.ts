import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { stagewright } from '#app/testing/command-line.ts'
import { VERSION } from '#app/version.ts'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('./stagewright.js', import.meta.url))

test.each([
  [[], 'Commands:'],
  [['start'], 'docs/reference/config.md'],
  [['migrate'], '--status'],
  [['runs'], '--limit <count>'],
  [['run'], 'cancel'],
  [['run', 'show'], '<id>'],
  [['run', 'cancel'], '<id>'],
  [['run', 'retry'], '<id>'],
  [['demo'], '--timeout <seconds>'],
  [['sandbox'], '--no-app']
])('%p --help says what it does, on stdout', async (command, part) => {
  const said = await stagewright([...command, '--help'])
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(said.stdout).toContain(`Usage: ${['stagewright', ...command].join(' ')}`)
  expect(said.stdout).toContain(part)
})

test.each(['start', 'migrate', 'runs', 'run show', 'run cancel', 'run retry', 'demo', 'sandbox'])(
  'the help of %s has an example and knows --json',
  async command => {
    const { stdout } = await stagewright([...command.split(' '), '--help'])
    expect(stdout).toMatch(/Examples?:\n {2}\$ /)
    expect(stdout).toContain('--json')
  }
)

test.each([
  ['an unknown command', ['dance'], "unknown command 'dance'"],
  ['an unknown option', ['runs', '--colour'], "unknown option '--colour'"],
  ['a missing argument', ['run', 'show'], "missing required argument 'id'"],
  [
    'a state that is none',
    ['runs', '--state', 'failed,asleep'],
    '"asleep" is no state; known are pending'
  ],
  ['a limit that is none', ['runs', '--limit', '0'], 'a whole number from 1 to 500'],
  ['a webhook that is no address', ['sandbox', '--webhook', 'ftp://x'], 'http:// or https://'],
  ['a repository without owner', ['sandbox', '--repository', 'shop'], 'Give OWNER/NAME.'],
  [
    'two wishes that exclude each other',
    ['migrate', '--down', '1', '--status'],
    'cannot be used with'
  ],
  ['no command at all', [], 'Usage: stagewright']
])('%s is wrong usage: exit code 2, said on stderr', async (_what, args, part) => {
  const said = await stagewright(args)
  expect(said).toMatchObject({ code: 2, stdout: '' })
  expect(said.stderr).toContain(part)
})

test('start without a configuration names every problem and ends with 2', async () => {
  const said = await stagewright(['start'], { PORT: 'http' })
  expect(said).toMatchObject({ code: 2, stdout: '' })
  for (const key of [
    'PORT',
    'STAGEWRIGHT_WEBHOOK_SECRET',
    'STAGEWRIGHT_GITHUB_APP_ID',
    'STAGEWRIGHT_GITHUB_PRIVATE_KEY',
    'STAGEWRIGHT_AGENT_COMMAND'
  ]) {
    expect(said.stderr).toContain(`${key}: `)
  }
  expect(said.stderr).not.toContain('    at ')
})

test('with --json a failure is one JSON object on stdout too', async () => {
  const said = await stagewright(['runs', '--json'], { DATABASE_URL: 'mysql://db/x' })
  expect(said.code).toBe(2)
  expect(JSON.parse(said.stdout)).toEqual({
    ok: false,
    error: { code: 'CONFIG_INVALID', message: expect.stringContaining('DATABASE_URL') }
  })
})

test('looking at runs makes no database where none is', async () => {
  const said = await stagewright(['runs'], { STAGEWRIGHT_STATE_DIR: '/nonexistent/state' })
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toContain('NOT_FOUND')
  expect(said.stderr).toContain('/nonexistent/state/postgres')
})

test('a database that nobody answers for is named, without its password', async () => {
  const said = await stagewright(['runs'], { DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/x' })
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toContain('DATABASE_UNREACHABLE')
  expect(said.stderr).toContain('127.0.0.1:1/x as me')
  expect(said.stderr).not.toContain('hush')
})

test('the log level debug shows the stack', async () => {
  const env = { DATABASE_URL: 'mysql://db/x', STAGEWRIGHT_LOG_LEVEL: 'debug' }
  expect((await stagewright(['runs'], env)).stderr).toContain('    at ')
})

test('the program itself starts and passes the exit code on', async () => {
  const env = { PATH: process.env.PATH ?? '' }
  const { stdout } = await run(process.execPath, [PROGRAM, '--version'], { env })
  expect(stdout.trim()).toBe(VERSION)
  await expect(run(process.execPath, [PROGRAM, 'dance'], { env })).rejects.toMatchObject({
    code: 2
  })
})
