import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { type Said, stagewright } from '#app/testing/command-line.ts'
import { storedRun } from '#app/testing/stored-runs.ts'

let app: AppStore

beforeAll(async () => {
  app = await appStore()
})

afterAll(() => app.drop())

async function cli(...args: readonly string[]): Promise<Said> {
  return stagewright(args, { DATABASE_URL: app.database.url })
}

function parse(said: Said): Record<string, unknown> {
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(said.stdout.trimEnd()).not.toContain('\n')
  return JSON.parse(said.stdout)
}

async function failedRun(): Promise<string> {
  const id = await storedRun(app.store)
  await app.store.transaction(({ runs }) =>
    runs.change(id, null, { state: 'failed', reason: 'agent_failed', detail: 'exit code 3' })
  )
  return id
}

test('runs lists the newest first, page by page and by state', async () => {
  const [first, second] = [await storedRun(app.store), await failedRun()]
  const all = parse(await cli('runs', '--json')) as unknown as ReadonlyArray<{ id: string }>
  expect(all.map(run => run.id)).toEqual([second, first])
  expect(all[0]).toMatchObject({
    state: 'failed',
    reason: 'agent_failed',
    repository: 'octo/app',
    agent: 'command'
  })
  expect(parse(await cli('runs', '--json', '--limit', '1'))).toMatchObject([{ id: second }])
  expect(parse(await cli('runs', '--json', '--before', second))).toMatchObject([{ id: first }])
  expect(parse(await cli('runs', '--json', '--state', 'pending,running'))).toMatchObject([
    { id: first }
  ])
  const { stdout } = await cli('runs')
  expect(stdout).toContain(`${second}  failed   dev`)
  expect(stdout).toContain('agent_failed')
})

test('runs refuses a page that begins nowhere', async () => {
  const said = await cli('runs', '--before', 'nobody')
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toContain('RUN_NOT_FOUND')
})

test('run show has the request, the attempts and the events', async () => {
  const id = await failedRun()
  await app.store.transaction(async ({ attempts, runEvents }) => {
    await attempts.insert({
      id: `${id}-a1`,
      runId: id,
      number: 1,
      executor: 'local',
      machine: 'here'
    })
    await runEvents.add(id, 'run.created', { by: 'ada' })
  })
  expect(parse(await cli('run', 'show', id, '--json'))).toMatchObject({
    id,
    state: 'failed',
    detail: 'exit code 3',
    issue: { title: 'Add a door' },
    attempts: [{ number: 1, executor: 'local', sessionResumed: false }],
    events: [{ type: 'run.created', data: { by: 'ada' } }]
  })
  const { stdout } = await cli('run', 'show', id)
  expect(stdout).toContain('failed (agent_failed: exit code 3)')
  expect(stdout).toContain('run.created')
})

test('run cancel ends a waiting run, and says so when it has ended already', async () => {
  const id = await storedRun(app.store)
  expect(parse(await cli('run', 'cancel', id, '--json'))).toEqual({
    run: id,
    outcome: 'requested',
    state: 'canceled'
  })
  expect(parse(await cli('run', 'cancel', id, '--json'))).toEqual({
    run: id,
    outcome: 'ended',
    state: 'canceled'
  })
  const rows = await app.database
    .db('flow_events')
    .where({ run_id: id, type: 'run.cancel_requested' })
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ actor: expect.stringMatching(/^cli:.+/) })
})

test('run retry reopens a failed run once, and refuses one that is active', async () => {
  const id = await failedRun()
  expect(parse(await cli('run', 'retry', id, '--json'))).toEqual({ run: id, outcome: 'reopened' })
  const again = await cli('run', 'retry', id)
  expect(again).toMatchObject({ code: 1, stdout: '' })
  expect(again.stderr).toContain('a run of this issue is active')
})

test('run retry refuses a run that succeeded', async () => {
  const id = await storedRun(app.store)
  await app.store.transaction(({ runs }) => runs.change(id, null, { state: 'succeeded' }))
  const said = await cli('run', 'retry', id)
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toContain('it succeeded')
})

test.each(['show', 'cancel', 'retry'])('run %s does not know an unknown id', async verb => {
  const said = await cli('run', verb, 'nobody', '--json')
  expect(said.code).toBe(1)
  expect(JSON.parse(said.stdout)).toMatchObject({ ok: false, error: { code: 'RUN_NOT_FOUND' } })
  expect(said.stderr).toContain('looking up run nobody')
})
