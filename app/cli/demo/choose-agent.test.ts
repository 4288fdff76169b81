import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { chooseDemoAgent } from './choose-agent.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewright-choice-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A folder with programs that name these versions, as the CLIs do. */
function programs(versions: Readonly<Record<string, string>>): string {
  const place = mkdtempSync(join(folder, 'bin-'))
  for (const [name, version] of Object.entries(versions))
    writeFileSync(join(place, name), `#!/bin/sh\necho "${name} ${version}"\n`, { mode: 0o755 })
  chmodSync(place, 0o755)
  return place
}

const NEW = '99.0.0'
const OLD = '0.0.1'

test.each<[string, Readonly<Record<string, string>>, string, string]>([
  ['nothing', {}, 'command', 'neither codex nor claude was found on PATH'],
  ['both', { codex: NEW, claude: NEW }, 'codex', `version ${NEW}, found on PATH`],
  ['only claude', { claude: NEW }, 'claude', `version ${NEW}, found on PATH`],
  ['an old codex and a claude', { codex: OLD, claude: NEW }, 'claude', `version ${NEW}`],
  ['an old codex', { codex: OLD }, 'command', `is ${OLD}; install or update it`]
])('with %s on PATH the first that is recent enough works', async (_what, found, name, why) => {
  const choice = await chooseDemoAgent({ PATH: programs(found) }, {})
  expect(choice).toEqual({ name, why: expect.stringContaining(why), key: null })
})

test('a folder for agents goes before PATH', async () => {
  const env = { PATH: programs({ codex: OLD }), STAGEWRIGHT_AGENT_PATH: programs({ codex: NEW }) }
  expect(await chooseDemoAgent(env, { agent: 'codex' })).toMatchObject({
    why: `version ${NEW}, found on STAGEWRIGHT_AGENT_PATH`
  })
})

test('the small program is taken when it is asked for', async () => {
  const env = { PATH: programs({ codex: NEW }) }
  expect(await chooseDemoAgent(env, { agent: 'command' })).toMatchObject({ name: 'command' })
})

test.each<
  [string, Parameters<typeof chooseDemoAgent>[1], Readonly<Record<string, string>>, string]
>([
  ['the key of the vendor', { agent: 'codex', live: true }, { OPENAI_API_KEY: 'v' }, 'v'],
  [
    'our key before that of the vendor',
    { agent: 'codex', live: true },
    { OPENAI_API_KEY: 'v', STAGEWRIGHT_OPENAI_API_KEY: 'o' },
    'o'
  ],
  ['the agent that there is a key for', { live: true }, { ANTHROPIC_API_KEY: 'a' }, 'a']
])('--live takes %s', async (_what, wish, keys, key) => {
  const env = { PATH: programs({ codex: NEW, claude: NEW }), ...keys }
  expect(await chooseDemoAgent(env, wish)).toMatchObject({ key })
})

test.each<[string, Parameters<typeof chooseDemoAgent>[1], string]>([
  ['an agent that is not there', { agent: 'claude' }, 'npm install --global @anthropic-ai/claude'],
  ['an agent that is too old', { agent: 'codex' }, `is ${OLD}; install or update it`],
  ['--live without a key', { live: true }, '--live needs Codex with OPENAI_API_KEY, or Claude'],
  ['--live with the small program', { agent: 'command', live: true }, 'add --agent codex or claude']
])('%s is a usage error that says what to do', async (_what, wish, message) => {
  await expect(chooseDemoAgent({ PATH: programs({ codex: OLD }) }, wish)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message)
  })
})

test('--live with an agent and no key names the keys', async () => {
  const env = { PATH: programs({ codex: NEW }) }
  await expect(chooseDemoAgent(env, { agent: 'codex', live: true })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: '--live with codex needs a key: set STAGEWRIGHT_OPENAI_API_KEY or OPENAI_API_KEY'
  })
})
