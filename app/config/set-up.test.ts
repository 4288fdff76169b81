import { expect, test } from '@jest/globals'
import { readSetUpConfig } from './set-up.ts'

test.each([
  ['nothing at all', {}],
  ['empty values', { STAGEWRIGHT_GITHUB_APP_ID: '', STAGEWRIGHT_AGENT: '' }],
  ['what belongs to others', { HOME: '/root', SMEE_URL: 'x', STAGEWRIGHT_TEST_ANYTHING: 'x' }],
  ['where things are', { PORT: '0', DATABASE_URL: 'postgres://a/b', STAGEWRIGHT_STATE_DIR: '/s' }],
  ['which GitHub', { STAGEWRIGHT_GITHUB_WEB_URL: 'https://ghe.example.com' }],
  ['a key of a model', { STAGEWRIGHT_OPENAI_API_KEY: 'sk-1' }]
])('with %s set there is something to set up', (_what, environment) => {
  expect(readSetUpConfig(environment)).not.toBeNull()
})

test.each([
  ['STAGEWRIGHT_GITHUB_APP_ID', '7'],
  ['STAGEWRIGHT_GITHUB_PRIVATE_KEY', 'x'],
  ['STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH', '/x'],
  ['STAGEWRIGHT_WEBHOOK_SECRET', 'x'],
  ['STAGEWRIGHT_AGENT', 'codex'],
  ['STAGEWRIGHT_AGENT_COMMAND', '["x"]'],
  ['STAGEWRIGHT_CONFIG_FILE', '/x'],
  ['STAGEWRIGHT_ROLE', 'worker'],
  ['STAGEWRIGHT_PUBLIC_URL', 'https://x.example'],
  ['STAGEWRIGHT_SANDBOX', 'true'],
  ['WEBHOOK_PROXY_URL', 'https://smee.io/x'],
  ['a slip of the pen, STAGEWRIGHT_GITHUB_APPID', '7'],
  ['a place that is none, PORT', 'http'],
  ['a range that is none, STAGEWRIGHT_RUN_UIDS', '10-20']
])('%s begins a configuration, whose problems are said instead', (what, value) => {
  expect(readSetUpConfig({ [what.split(' ').at(-1) ?? what]: value })).toBeNull()
})

test.each(['127.0.0.1', '127.3.2.1', 'localhost', '::1'])('the page listens on %s', HOST => {
  expect(readSetUpConfig({ HOST })).toMatchObject({ host: HOST })
})

test.each(['0.0.0.0', '::', '192.168.1.4', 'server.example.com', '127.0.0.1.evil.example'])(
  'the page does not listen on %s, and says what to do',
  HOST => {
    expect(() => readSetUpConfig({ HOST })).toThrow(/HOST: .*listens on this machine only/)
  }
)

test('what the environment says is not asked for', () => {
  expect(
    readSetUpConfig({
      STAGEWRIGHT_GITHUB_WEB_URL: 'https://ghe.example.com/',
      STAGEWRIGHT_GITHUB_API_URL: 'https://ghe.example.com/api/v3',
      STAGEWRIGHT_ANTHROPIC_API_KEY: 'sk-1',
      STAGEWRIGHT_AGENT_PATH: '/opt/agents',
      PATH: '/bin'
    })
  ).toMatchObject({
    github: { webUrl: 'https://ghe.example.com', apiUrl: 'https://ghe.example.com/api/v3' },
    modelKeys: { codex: false, claude: true },
    path: '/opt/agents:/bin',
    agentPath: '/opt/agents',
    runUids: { first: 64000, count: 100 }
  })
})
