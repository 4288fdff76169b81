import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let repository: string
let runs: string
let app: string
let sha: string
beforeAll(async () => {
  bench = await openTestBench()
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  runs = `/repos/${repository}/check-runs`
  app = await bench.appToken(repository)
  const main = await bench.call('GET', `/repos/${repository}/commits/main`, { token: app })
  sha = String(main.body.sha)
  await bench.events()
})

const create = (more: object = {}) =>
  bench.call('POST', runs, { token: app, body: { name: 'stagewright', head_sha: sha, ...more } })

const CANCEL = { label: 'Cancel', description: 'Stop this run', identifier: 'cancel' }

test('a run goes from queued to completed, and both ends are told', async () => {
  const made = await create({ external_id: 'run-1', output: { title: 'Waiting', summary: 'soon' } })
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({
    status: 'queued',
    conclusion: null,
    completed_at: null,
    external_id: 'run-1',
    head_sha: sha,
    output: { title: 'Waiting', summary: 'soon', text: null, annotations_count: 0 },
    app: { id: bench.sandbox.app.id }
  })
  const one = `${runs}/${made.body.id}`
  const working = await bench.call('PATCH', one, { token: app, body: { status: 'in_progress' } })
  expect(working.body).toMatchObject({ status: 'in_progress', output: { title: 'Waiting' } })
  const done = await bench.call('PATCH', one, { token: app, body: { conclusion: 'success' } })
  expect(done.body).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    completed_at: expect.any(String)
  })
  expect(await bench.events()).toEqual(['check_run.created', 'check_run.completed'])
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    check_run: {
      check_suite: { head_sha: sha, head_branch: 'main', app: { slug: expect.any(String) } }
    }
  })
})

const annotation = {
  path: 'a',
  start_line: 1,
  end_line: 1,
  annotation_level: 'notice',
  message: 'm'
}
const many = (count: number): object[] => Array.from({ length: count }, () => annotation)

test.each([
  ['three actions', { actions: [CANCEL, CANCEL, CANCEL] }, 201],
  ['four actions', { actions: [CANCEL, CANCEL, CANCEL, CANCEL] }, 422],
  ['a label of 20 characters', { actions: [{ ...CANCEL, label: 'x'.repeat(20) }] }, 201],
  ['a label of 21 characters', { actions: [{ ...CANCEL, label: 'x'.repeat(21) }] }, 422],
  ['an identifier of 21 characters', { actions: [{ ...CANCEL, identifier: 'x'.repeat(21) }] }, 422],
  [
    'a description of 41 characters',
    { actions: [{ ...CANCEL, description: 'x'.repeat(41) }] },
    422
  ],
  ['a summary of 65535 characters', { output: { title: 't', summary: 'x'.repeat(65_535) } }, 201],
  ['a summary of 65536 characters', { output: { title: 't', summary: 'x'.repeat(65_536) } }, 422],
  [
    'a text of 65536 characters',
    { output: { title: 't', summary: 's', text: 'x'.repeat(65_536) } },
    422
  ],
  ['an output without a summary', { output: { title: 't' } }, 422],
  ['50 annotations', { output: { title: 't', summary: 's', annotations: many(50) } }, 201],
  ['51 annotations', { output: { title: 't', summary: 's', annotations: many(51) } }, 422],
  ['completed without a conclusion', { status: 'completed' }, 422],
  ['an unknown conclusion', { conclusion: 'perfect' }, 422],
  ['a commit that is not there', { head_sha: 'f'.repeat(40) }, 422],
  ['no name', { name: null }, 422]
])('a run with %s is answered as GitHub does', async (_sentence, more, status) => {
  expect((await create(more)).status).toBe(status)
})

test('annotations add up over calls', async () => {
  const output = { title: 't', summary: 's', annotations: many(50) }
  const made = await create({ output })
  const body = { output: { ...output, annotations: many(2) } }
  const one = `${runs}/${made.body.id}`
  const updated = await bench.call('PATCH', one, { token: app, body })
  expect(updated.body.output).toMatchObject({ annotations_count: 52 })
  const list = await bench.call('GET', `${one}/annotations?per_page=100`, { token: app })
  expect(list.list).toHaveLength(52)
})

test('people do not write checks, whatever their role', async () => {
  const { token } = bench.sandbox.person('ann')
  const body = { name: 'mine', head_sha: sha }
  expect((await bench.call('POST', runs, { token, body })).status).toBe(403)
  const made = await create()
  const one = `${runs}/${made.body.id}`
  expect((await bench.call('PATCH', one, { token, body: { name: 'x' } })).status).toBe(403)
})

test('the list of a ref gives the newest run of each name, or all', async () => {
  const first = await create({ conclusion: 'failure' })
  const second = await create()
  const other = await create({ name: 'other' })
  const ids = async (query: string): Promise<readonly unknown[]> => {
    const path = `/repos/${repository}/commits/${sha}/check-runs?${query}`
    const answer = await bench.call('GET', path, { token: app })
    const list = answer.body.check_runs
    return Array.isArray(list) ? list.map(one => one.id) : []
  }
  expect(await ids('')).toEqual([other.body.id, second.body.id])
  expect(await ids('check_name=stagewright')).toEqual([second.body.id])
  expect(await ids('filter=all&check_name=stagewright')).toEqual([second.body.id, first.body.id])
  expect(await ids('status=completed&filter=all')).toEqual([first.body.id])
  expect(await ids('app_id=1')).toEqual([])
  const byBranch = `/repos/${repository}/commits/main/check-runs`
  expect((await bench.call('GET', byBranch, { token: app })).body.total_count).toBe(2)
})

test('a pressed button and a re-run are sent with the person as sender', async () => {
  bench.sandbox.person('bob')
  const made = await create({ actions: [CANCEL] })
  const checkRunId = Number(made.body.id)
  await bench.events()
  const press = { repository, checkRunId, by: 'bob' }
  await bench.sandbox.pressButton({ ...press, identifier: 'cancel' })
  await bench.sandbox.rerequest(press)
  expect(await bench.events()).toEqual(['check_run.requested_action', 'check_run.rerequested'])
  expect(bench.heard.at(-2)?.payload).toMatchObject({
    requested_action: { identifier: 'cancel' },
    check_run: { id: checkRunId },
    sender: { login: 'bob', type: 'User' },
    installation: { id: expect.any(Number) }
  })
})

test('a button that is not shown cannot be pressed', async () => {
  const made = await create({ actions: [CANCEL] })
  const press = { repository, checkRunId: Number(made.body.id), by: 'ann', identifier: 'retry' }
  await expect(bench.sandbox.pressButton(press)).rejects.toThrow('has these buttons: cancel')
  await bench.call('PATCH', `${runs}/${made.body.id}`, { token: app, body: { actions: [] } })
  const gone = { ...press, identifier: 'cancel' }
  await expect(bench.sandbox.pressButton(gone)).rejects.toThrow('has these buttons: none')
})
