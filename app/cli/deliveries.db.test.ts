import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { type Said, stagewright } from '#app/testing/command-line.ts'
import { storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore
const PAYLOAD = Buffer.from(
  JSON.stringify({ action: 'created', comment: { body: 'Hi \u001b[2J\u202e\u009b there' } })
)

beforeAll(async () => {
  app = await appStore()
})
beforeEach(async () => {
  await app.database.db.raw('truncate deliveries')
})
afterAll(() => app.drop())

async function cli(...args: readonly string[]): Promise<Said> {
  return stagewright(['deliveries', ...args], { DATABASE_URL: app.database.url })
}

function parse(said: Said): unknown {
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(said.stdout.trimEnd()).not.toContain('\n')
  return JSON.parse(said.stdout)
}

async function stored(id: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await app.inbox.put({ id, event: 'issue_comment', subject: '4711#12', body: PAYLOAD })
  const done = { state: 'done', disposition: 'run', attempts: 1, finished_at: new Date() }
  await app.database
    .db('deliveries')
    .where({ id })
    .update({ ...done, ...changes })
}

const QUARANTINED = { state: 'quarantined', disposition: 'quarantined' }

test('list shows what became of each, newest first, by state and event, page by page', async () => {
  await storedRun(app.store)
  await stored('first')
  await stored('second', { ...QUARANTINED, reason: 'INTERNAL: oh\u001b[1m no', attempts: 8 })
  expect(parse(await cli('list', '--json'))).toMatchObject([
    { id: 'second', state: 'quarantined', attempts: 8 },
    { id: 'first', event: 'issue_comment', subject: 'octo/app#12', disposition: 'run' }
  ])
  expect(parse(await cli('list', '--json', '--state', 'done'))).toMatchObject([{ id: 'first' }])
  expect(parse(await cli('list', '--json', '--event', 'issues'))).toEqual([])
  expect(parse(await cli('list', '--json', '--limit', '1'))).toMatchObject([{ id: 'second' }])
  expect(parse(await cli('list', '--json', '--before', 'second'))).toMatchObject([{ id: 'first' }])
  const { stdout } = await cli('list')
  expect(stdout.split('\n')[0]).toMatch(
    /^DELIVERY +EVENT +SUBJECT +STATE +DISPOSITION +TRIES +RECEIVED +REASON$/
  )
  expect(stdout).toContain('octo/app#12')
  expect(stdout).toContain('oh\\u001b[1m no')
})

test('an empty list says so on stderr', async () => {
  expect(await cli('list')).toEqual({ code: 0, stdout: '', stderr: 'no deliveries\n' })
  expect(await cli('quarantined')).toMatchObject({ code: 0, stderr: 'nothing is put aside\n' })
})

test('show has the run and the audit that a delivery led to', async () => {
  await stored('led')
  const run = await storedRun(app.store, { correlationId: 'led' })
  await app.store.transaction(({ audit }) =>
    audit.add({
      correlationId: 'led',
      type: 'run.created',
      actorType: 'human',
      actor: 'ada',
      reason: null,
      projectId: null,
      repositoryId: null,
      issueNumber: 12,
      runId: run,
      payload: {}
    })
  )
  expect(parse(await cli('show', 'led', '--json'))).toMatchObject({
    id: 'led',
    state: 'done',
    bytes: PAYLOAD.byteLength,
    runs: [run],
    trail: [{ type: 'run.created', actor: 'ada', runId: run }]
  })
  const { stdout } = await cli('show', 'led')
  expect(stdout).toContain(run)
  expect(stdout).toMatch(/led to\n.*run\.created +ada/)
  expect(stdout).not.toContain('payload')
})

test('a payload is shown only when asked for, as data: nothing in it reaches the terminal', async () => {
  await stored('loud')
  await stored('no-json', {})
  await app.database
    .db('deliveries')
    .where({ id: 'no-json' })
    .update({ body: Buffer.from('a\u001b]0;title\u0007') })
  for (const args of [
    ['show', 'loud', '--payload'],
    ['show', 'loud', '--payload', '--json'],
    ['show', 'no-json', '--payload']
  ]) {
    const { code, stdout } = await cli(...args)
    expect(code).toBe(0)
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  }
  const shown = parse(await cli('show', 'loud', '--payload', '--json')) as { payload: unknown }
  expect(shown.payload).toEqual(JSON.parse(PAYLOAD.toString()))
  expect(await cli('show', 'loud', '--payload')).toMatchObject({
    stdout: expect.stringContaining('"body": "Hi \\u001b[2J\\u202e\\u009b there"')
  })
})

test('replay puts deliveries back to waiting, as the person at the command line', async () => {
  await stored('done')
  await stored('aside', { ...QUARANTINED, reason: 'INTERNAL: oh', attempts: 8 })
  expect(parse(await cli('replay', 'done', 'aside', '--json'))).toEqual([
    {
      id: 'aside',
      was: { state: 'quarantined', disposition: 'quarantined', reason: 'INTERNAL: oh' }
    },
    { id: 'done', was: { state: 'done', disposition: 'run', reason: null } }
  ])
  const rows = await app.database.db('deliveries').orderBy('id')
  for (const row of rows) {
    expect(row).toMatchObject({ state: 'waiting', attempts: 0, reason: null, finished_at: null })
  }
  const audit = await app.database.db('flow_events').where({ type: 'delivery.replayed' })
  expect(audit).toHaveLength(2)
  expect(audit[0]).toMatchObject({
    actor_type: 'human',
    actor: expect.stringMatching(/^cli:.+/),
    payload: { state: expect.any(String) }
  })
})

test('replay tells what will not be done twice', async () => {
  await stored('done')
  const said = await cli('replay', 'done')
  expect(said).toMatchObject({ code: 0, stdout: 'delivery done waits again; it was run\n' })
  expect(said.stderr).toContain('not answered again')
})

test.each([
  ['waits already', { state: 'waiting', disposition: null, finished_at: null }, 'waiting already'],
  [
    'is being worked on',
    { state: 'working', worker: 'w', disposition: null, finished_at: null },
    'being worked on'
  ],
  ['was never wanted', { state: 'ignored', body: null }, 'no event that this app subscribes to'],
  ['lost its body to retention', { body: null }, 'make the comment again']
] as const)('one that %s is refused, and the others stay as they are', async (_what, row, why) => {
  await stored('fine')
  await stored('refused', row)
  const said = await cli('replay', 'fine', 'refused', '--json')
  expect(said.code).toBe(1)
  expect(JSON.parse(said.stdout)).toMatchObject({
    ok: false,
    error: { code: 'FAILED_PRECONDITION', message: expect.stringContaining(why) }
  })
  expect(said.stderr).toContain('none was changed')
  expect(await app.database.db('deliveries').where({ id: 'fine' }).first()).toMatchObject({
    state: 'done'
  })
})

test.each([
  ['a worker that ended', 'worker lost: its lease ran out', 'in their logs'],
  ['GitHub away for a day', 'GITHUB_UNAVAILABLE: no answer', 'away for a day'],
  ['a refusal of GitHub', 'GITHUB_REFUSED: 403', 'stagewright doctor'],
  ['a fault of ours', 'INTERNAL: oh', 'in the log'],
  ['an unreadable payload', 'reading issues.labeled: label: expected object', '--payload']
] as const)('quarantined says what to do about %s', async (_what, reason, advice) => {
  await stored('aside', { ...QUARANTINED, reason, attempts: 8 })
  await stored('fine')
  expect(parse(await cli('quarantined', '--json'))).toMatchObject([
    { id: 'aside', reason, advice: expect.stringContaining(advice) }
  ])
  const { stdout } = await cli('quarantined')
  expect(stdout).toContain(`why   ${reason}`)
  expect(stdout).toContain(advice)
  expect(stdout).not.toContain('fine')
})

test.each([
  ['show', 'nobody'],
  ['replay', 'nobody'],
  ['list', '--before', 'nobody']
])('deliveries %s does not know an unknown id', async (...args) => {
  const said = await cli(...args, '--json')
  expect(said.code).toBe(1)
  expect(JSON.parse(said.stdout)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  expect(said.stderr).toContain('deliveries list')
})

test.each([
  [['list', '--state', 'asleep'], 'known are waiting'],
  [['list', '--limit', '0'], 'a whole number from 1 to 500'],
  [['replay'], "missing required argument 'ids'"],
  [['sweep', '--now'], "unknown option '--now'"]
])('%p is wrong usage', async (args, part) => {
  const said = await cli(...args)
  expect(said).toMatchObject({ code: 2, stdout: '' })
  expect(said.stderr).toContain(part)
})

test('a sweep without the App’s settings names them', async () => {
  const said = await cli('sweep')
  expect(said.code).toBe(2)
  expect(said.stderr).toContain('STAGEWRIGHT_GITHUB_APP_ID')
})

test.each(['list', 'show', 'replay', 'quarantined', 'sweep'])(
  'the help of deliveries %s has an example and knows --json',
  async command => {
    const { code, stdout } = await cli(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples?:\n {2}\$ /)
    expect(stdout).toContain('--json')
  }
)
