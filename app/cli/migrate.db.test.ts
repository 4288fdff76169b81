import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Said, stagewright } from '#app/testing/command-line.ts'
import { emptyDatabase, type TestDatabase } from '#app/testing/database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await emptyDatabase()
})

afterAll(() => database.drop())

async function migrate(...args: readonly string[]): Promise<Said & { readonly value: Outcome }> {
  const said = await stagewright(['migrate', '--json', ...args], { DATABASE_URL: database.url })
  expect(said.code).toBe(0)
  return { ...said, value: JSON.parse(said.stdout) }
}

type Outcome = Readonly<Record<'done' | 'applied' | 'pending' | 'unknown', readonly string[]>>

test('migrate goes up, says where it stands, and goes down again', async () => {
  const before = (await migrate('--status')).value
  expect(before).toMatchObject({ done: [], applied: [], unknown: [] })
  expect(before.pending.length).toBeGreaterThan(4)

  const up = await migrate()
  expect(up.value.done).toEqual(before.pending)
  expect(up.value.pending).toEqual([])
  expect(up.stderr).toContain('database 127.0.0.1:')
  expect((await migrate()).value.done).toEqual([])

  const last = before.pending.at(-1)
  expect((await migrate('--down', '1')).value).toMatchObject({ done: [last], pending: [last] })
}, 30_000)

test('start refuses a schema that is behind and names the command', async () => {
  const said = await stagewright(['start'], {
    DATABASE_URL: database.url,
    PORT: '0',
    STAGEWRIGHT_GITHUB_APP_ID: '1',
    STAGEWRIGHT_GITHUB_PRIVATE_KEY: '-----BEGIN RSA PRIVATE KEY-----',
    STAGEWRIGHT_WEBHOOK_SECRET: 'f00dfeedf00dfeedf00dfeed',
    STAGEWRIGHT_AGENT_COMMAND: '["true"]',
    STAGEWRIGHT_STATE_DIR: '/nonexistent/state',
    STAGEWRIGHT_LOG_LEVEL: 'silent'
  })
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toContain('SCHEMA_BEHIND')
  expect(said.stderr).toContain('npm run migrate')
})
