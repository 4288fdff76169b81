import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Config, readConfig, readDatabaseConfig } from './config.ts'
import { AppError } from './core/errors.ts'

const KEY = '-----BEGIN RSA PRIVATE KEY-----\\nbm8ga2V5\\n-----END RSA PRIVATE KEY-----'
const SECRET = '5f0c3e7a9b1d4826a7c0e1f2'
const GOOD = {
  STAGEWRIGHT_GITHUB_APP_ID: '12',
  STAGEWRIGHT_GITHUB_PRIVATE_KEY: KEY,
  STAGEWRIGHT_WEBHOOK_SECRET: SECRET,
  STAGEWRIGHT_AGENT_COMMAND: '["agent","--fast"]',
  STAGEWRIGHT_STATE_DIR: '/var/lib/example'
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewright-config-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function messageOf(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    readConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as AppError).message
  }
  throw new Error('the configuration was taken')
}

test('a full configuration is read, with defaults for the rest', () => {
  const config: Config = readConfig({ ...GOOD, STAGEWRIGHT_OWNERS: 'mona, lina,' })
  expect(config).toMatchObject({
    role: 'all',
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: null,
    stateDir: '/var/lib/example',
    sandbox: false,
    owners: ['mona', 'lina'],
    appUrl: 'http://127.0.0.1:3000',
    agents: {
      platform: { name: 'command' },
      known: { command: { command: ['agent', '--fast'] } }
    },
    runUids: { first: 64000, count: 100 },
    github: { appId: 12, webhookSecrets: [SECRET], apiUrl: 'https://api.github.com' }
  })
  expect(config.github.privateKey).toBe(KEY.replaceAll('\\n', '\n'))
  expect(Object.isFrozen(config)).toBe(true)
})

test.each([
  [
    'an empty webhook secret',
    { STAGEWRIGHT_WEBHOOK_SECRET: '' },
    'STAGEWRIGHT_WEBHOOK_SECRET: is not set; make one with'
  ],
  [
    'a missing webhook secret',
    { STAGEWRIGHT_WEBHOOK_SECRET: undefined },
    'STAGEWRIGHT_WEBHOOK_SECRET: is not set'
  ],
  [
    "Probot's default secret",
    { STAGEWRIGHT_WEBHOOK_SECRET: 'development' },
    'is a well-known word'
  ],
  [
    'a well-known secret in capitals',
    { STAGEWRIGHT_WEBHOOK_SECRET: 'Development' },
    'is a well-known word'
  ],
  [
    'a short secret',
    { STAGEWRIGHT_WEBHOOK_SECRET: 'k3v9q2m7x4ab' },
    'is shorter than 16 characters'
  ],
  [
    'a short secret of before',
    { STAGEWRIGHT_WEBHOOK_SECRET_PREVIOUS: 'short' },
    'is shorter than 16 characters'
  ],
  ['a port that is none', { PORT: '70000' }, 'PORT: '],
  ['a port in words', { PORT: 'http' }, 'PORT: '],
  ['a role that is none', { STAGEWRIGHT_ROLE: 'boss' }, 'STAGEWRIGHT_ROLE: '],
  ['a database that is none', { DATABASE_URL: 'mysql://db/x' }, 'DATABASE_URL: '],
  [
    'a missing App id',
    { STAGEWRIGHT_GITHUB_APP_ID: undefined },
    'STAGEWRIGHT_GITHUB_APP_ID: is not set'
  ],
  ['an App id in words', { STAGEWRIGHT_GITHUB_APP_ID: 'mine' }, 'STAGEWRIGHT_GITHUB_APP_ID: '],
  [
    'a missing key',
    { STAGEWRIGHT_GITHUB_PRIVATE_KEY: undefined },
    'STAGEWRIGHT_GITHUB_PRIVATE_KEY: is not set'
  ],
  ['a key that is none', { STAGEWRIGHT_GITHUB_PRIVATE_KEY: 'hush' }, 'is no PEM private key'],
  [
    'a key file that is not there',
    { STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: '/no/such.pem' },
    'STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: reading the key: '
  ],
  ['an agent in words', { STAGEWRIGHT_AGENT_COMMAND: 'agent --fast' }, 'is no JSON array of words'],
  ['no agent', { STAGEWRIGHT_AGENT_COMMAND: undefined }, 'STAGEWRIGHT_AGENT_COMMAND: is not set'],
  [
    'uids with the one of the embedded Postgres',
    { STAGEWRIGHT_RUN_UIDS: '65000-65600' },
    'leaves out 65534'
  ],
  ['uids of the system', { STAGEWRIGHT_RUN_UIDS: '0-99' }, 'a range above 999'],
  [
    'a file that is not there',
    { STAGEWRIGHT_CONFIG_FILE: '/no/such.yaml' },
    'STAGEWRIGHT_CONFIG_FILE: reading /no/such.yaml: '
  ]
])('%s is refused with what to do', (_what, change, part) => {
  expect(messageOf({ ...GOOD, ...change })).toContain(part)
})

test('in the sandbox a short secret is taken, and an empty one is not', () => {
  const sandbox = { ...GOOD, STAGEWRIGHT_SANDBOX: 'true' }
  expect(readConfig({ ...sandbox, STAGEWRIGHT_WEBHOOK_SECRET: 'development' }).sandbox).toBe(true)
  expect(messageOf({ ...sandbox, STAGEWRIGHT_WEBHOOK_SECRET: '' })).toContain('is not set')
})

test('everything that is wrong is said at once, and no secret with it', () => {
  const message = messageOf({
    PORT: 'http',
    STAGEWRIGHT_GITHUB_APP_ID: 'mine',
    STAGEWRIGHT_WEBHOOK_SECRET: 'hush-hush',
    STAGEWRIGHT_AGENT_COMMAND: 'agent',
    STAGEWRIGHT_GITHUB_PRIVATE_KEY: 'a-key-of-no-kind',
    STAGEWRIGHT_RUN_UIDS: '1-2',
    STAGEWRIGHT_CONFIG_FILE: file('many.yaml', 'agnt:\n  name: command\n')
  })
  expect(message).toContain('7 problems')
  for (const where of [
    'PORT',
    'WEBHOOK_SECRET',
    'PRIVATE_KEY',
    'GITHUB_APP_ID',
    'RUN_UIDS',
    'AGENT_COMMAND',
    'many.yaml'
  ]) {
    expect(message).toContain(where)
  }
  expect(message).not.toContain('hush-hush')
  expect(message).not.toContain('a-key-of-no-kind')
})

test.each([
  ['an unknown key', 'locale: en\nlimits:\n  runz: 3\n', ':3:', 'limits.runz'],
  ['a value that does not fit', 'limits:\n  runs: many\n', ':2:9', 'limits.runs'],
  ['broken YAML', 'labels:\n  run: [\n', ':3:', ''],
  ['a model that could be an option', 'agent:\n  model: --yolo\n', ':2:10', 'agent.model'],
  ['a model label without its place', 'labels:\n  model: "[m]"\n', ':2:10', 'labels.model'],
  ['keys kept shorter than bodies', 'retention:\n  keyDays: 7\n', ':2:3', 'retention'],
  ['a label of no stage', 'labels:\n  run:\n    dance: "run:dance"\n', ':3:', 'dance']
])('%s in the file is named with line and column', (what, text, at, key) => {
  const path = file(`${what.replaceAll(' ', '-')}.yaml`, text)
  const message = messageOf({ ...GOOD, STAGEWRIGHT_CONFIG_FILE: path })
  expect(message).toContain(`${path}${at}`)
  expect(message).toContain(key)
})

test('the file sets labels, agent and limits', () => {
  const path = file(
    'good.yaml',
    'labels:\n  run:\n    dev: "go:dev"\nagent:\n  command: [my-agent]\nlimits:\n  runs: 3\n  logMegabytes: 2\n'
  )
  const config = readConfig({
    ...GOOD,
    STAGEWRIGHT_AGENT_COMMAND: undefined,
    STAGEWRIGHT_CONFIG_FILE: path
  })
  expect(config.labels.run.dev).toBe('go:dev')
  expect(config.agents.known.command?.command).toEqual(['my-agent'])
  expect(config.maxRuns).toBe(3)
  expect(config.attempt.logBytes).toBe(2 * 1024 * 1024)
})

test('agents are set by level, and the environment names the first one', () => {
  const path = file(
    'agents.yaml',
    [
      'agent:',
      '  name: codex',
      '  model: gpt-5.4',
      '  reasoning: high',
      '  roles: { qa: { name: claude, model: opus } }',
      'agents:',
      '  codex: { program: [/opt/codex], models: [gpt-5.4, gpt-5.2], fallback: gpt-5.2 }'
    ].join('\n')
  )
  const keys = { STAGEWRIGHT_OPENAI_API_KEY: 'a', STAGEWRIGHT_ANTHROPIC_API_KEY: 'b' }
  const set = { ...GOOD, ...keys, STAGEWRIGHT_CONFIG_FILE: path }
  expect(readConfig(set).agents).toMatchObject({
    platform: {
      name: 'codex',
      model: 'gpt-5.4',
      reasoning: 'high',
      roles: { qa: { name: 'claude' } }
    },
    known: {
      codex: { command: ['/opt/codex'], models: ['gpt-5.4', 'gpt-5.2'], fallback: 'gpt-5.2' },
      claude: { command: ['claude'] }
    }
  })
  const other = readConfig({ ...set, STAGEWRIGHT_AGENT: 'claude' }).agents.platform
  expect(other.name).toBe('claude')
  // A model that the file gives to codex is none of claude's.
  expect(other.model).toBeUndefined()
})

test('an agent of any level needs its key, and only an agent that is named does', () => {
  const path = file('roles.yaml', 'agent:\n  roles: { qa: { name: claude } }\n')
  expect(messageOf({ ...GOOD, STAGEWRIGHT_CONFIG_FILE: path })).toContain(
    'STAGEWRIGHT_ANTHROPIC_API_KEY: is not set; the agent claude needs it'
  )
  const codex = { ...GOOD, STAGEWRIGHT_AGENT: 'codex', STAGEWRIGHT_AGENT_COMMAND: undefined }
  expect(messageOf(codex)).toContain('STAGEWRIGHT_OPENAI_API_KEY: is not set')
  expect(messageOf(codex)).not.toContain('AGENT_COMMAND')
  expect(readConfig({ ...codex, STAGEWRIGHT_OPENAI_API_KEY: 'k' }).agents.known).not.toHaveProperty(
    'command'
  )
})

test('folders of agents stand before PATH', () => {
  expect(readConfig({ ...GOOD, PATH: '/bin', STAGEWRIGHT_AGENT_PATH: '/opt/a:/opt/b' }).path).toBe(
    '/opt/a:/opt/b:/bin'
  )
  expect(messageOf({ ...GOOD, STAGEWRIGHT_AGENT_PATH: 'agents' })).toContain('absolute folder')
})

test('commands that need no GitHub read where the database is, and nothing else', () => {
  expect(
    readDatabaseConfig({
      DATABASE_URL: 'postgres://me@db/x',
      STAGEWRIGHT_STATE_DIR: '/s',
      PORT: 'x'
    })
  ).toEqual({
    databaseUrl: 'postgres://me@db/x',
    stateDir: '/s'
  })
  expect(() => readDatabaseConfig({ DATABASE_URL: 'db' })).toThrow('DATABASE_URL')
})

test('an unknown key of the file is named where it stands, not where its value stands', () => {
  const path = file('unknown-key.yaml', 'limits:\n  runs: 2\nagnt:\n  name: command\n')
  expect(messageOf({ ...GOOD, STAGEWRIGHT_CONFIG_FILE: path })).toContain(`${path}:3:1 agnt`)
})

test('a key that is almost one of ours is named with the one that was meant', () => {
  const message = messageOf({ ...GOOD, STAGEWRIGHT_WEBHOK_SECRET: 'x' })
  expect(message).toContain(
    'STAGEWRIGHT_WEBHOK_SECRET: is no setting; did you mean STAGEWRIGHT_WEBHOOK_SECRET?'
  )
})
