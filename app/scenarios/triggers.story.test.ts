import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  comment,
  count,
  ended,
  eyes,
  failedEffects,
  labels,
  quiet,
  REPO,
  runsOf
} from '#app/testing/story-views.ts'

let story: Story

beforeAll(async () => {
  story = await beginStory({ people: { rita: 'write', tria: 'triage', guest: 'read' } })
  await story.start()
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

async function answered(issue: number, times = 1): Promise<string[]> {
  await story.until('the answer', async () => (await botComments(story, issue)).length >= times)
  await quiet(story)
  return botComments(story, issue)
}

test('two comments with /run dev at the same moment make one run; the other is told so', async () => {
  const issue = await story.issue('Race', 'AGENT: sleep 500')
  await Promise.all([
    comment(story, 'mona', issue, '/run dev'),
    comment(story, 'rita', issue, '/RUN Dev')
  ])
  await ended(story, issue)
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  const texts = await botComments(story, issue)
  expect(texts).toHaveLength(2)
  expect(texts.filter(text => text.includes('run_active'))).toHaveLength(1)
}, 60_000)

test('an edited comment starts nothing and is answered once', async () => {
  const issue = await story.issue('Edited', 'Body.')
  const id = await comment(story, 'mona', issue, 'I think we should do this.')
  await story.as('mona')('PATCH', `${REPO}/issues/comments/${id}`, { body: '/run dev' })
  const texts = await answered(issue)
  expect(texts).toHaveLength(1)
  expect(texts[0]).toContain('comment_edited')
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test('a quoted command and one in a code block are no triggers and get no answer', async () => {
  const issue = await story.issue('Quoted', 'Body.')
  const id = await comment(
    story,
    'mona',
    issue,
    '> /run dev\n\nAs said above.\n\n```\n/run dev\n```'
  )
  await quiet(story)
  expect(await botComments(story, issue)).toEqual([])
  expect(await eyes(story, `issues/comments/${id}`)).toBe(0)
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test("a stranger's /run dev is refused with a reason and a remedy, with 👀 on his comment", async () => {
  const issue = await story.issue('Stranger', 'Body.')
  const id = await comment(story, 'stranger', issue, '/run dev')
  const texts = await answered(issue)
  expect(texts).toHaveLength(1)
  expect(texts[0]).toContain('sender_not_allowed')
  expect(await eyes(story, `issues/comments/${id}`)).toBe(1)
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test('a label by someone without write permission is refused and comes off', async () => {
  const issue = await story.issue('Triage', 'Body.')
  await addLabel(story, 'tria', issue, 'run:dev')
  const texts = await answered(issue)
  expect(texts[0]).toContain('sender_not_allowed')
  expect(await labels(story, issue)).toEqual([])
}, 60_000)

test("a bot's label is refused, answered once, and comes off", async () => {
  const issue = await story.issue('Bot', 'Body.')
  await addLabel(story, 'mona', issue, 'docs')
  await quiet(story)
  const labeled = story.sandbox
    .deliveries()
    .filter(delivery => delivery.event === 'issues' && delivery.action === 'labeled')
    .at(-1)
  const payload = JSON.parse(labeled?.body ?? '{}') as {
    label: { name: string }
    sender: { type: string; login: string }
    issue: { updated_at: string }
  }
  payload.label.name = 'run:dev'
  payload.sender = { ...payload.sender, type: 'Bot', login: 'helper[bot]' }
  payload.issue.updated_at = '2026-01-01T00:00:00Z'
  expect(await story.sandbox.send('issues', payload)).toBe(202)
  const texts = await answered(issue)
  expect(texts).toHaveLength(1)
  expect(texts[0]).toContain('sender_type_not_permitted')
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test('two run labels at once are a conflict: both come off, and the sentence names both', async () => {
  const issue = await story.issue('Conflict', 'Body.')
  await story.as('mona')('POST', `${REPO}/issues/${issue}/labels`, {
    labels: ['run:dev', 'run:dev:revise']
  })
  const texts = await answered(issue, 2)
  expect(await runsOf(story, issue)).toEqual([])
  for (const text of texts)
    expect(text).toMatch(/`run:dev`, `run:dev:revise`.*issue_trigger_label_conflict/s)
  expect(await labels(story, issue)).toEqual([])
}, 60_000)

test('a stage that is not there is answered, never ignored', async () => {
  const issue = await story.issue('QA', 'Body.')
  await addLabel(story, 'mona', issue, 'run:qa')
  const texts = await answered(issue)
  expect(texts[0]).toContain('stage_disabled')
  expect(await labels(story, issue)).toEqual([])
}, 60_000)

test('a label put on twice makes one run at a time, and putting it on again afterwards works', async () => {
  const issue = await story.issue('Again', 'AGENT1: write again.txt 1\nAGENT1: sleep 300')
  await addLabel(story, 'mona', issue, 'run:dev')
  await addLabel(story, 'rita', issue, 'run:dev')
  await ended(story, issue)
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await labels(story, issue)).toEqual(['state:in-review'])
  await new Promise(resolve => setTimeout(resolve, 1100))
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue, 2)).toMatchObject({ kind: 'work' })
}, 90_000)

test('a captured body sent again under a new delivery id does nothing', async () => {
  const issue = await story.issue('Replay', 'AGENT1: write replay.txt 1')
  const id = await comment(story, 'mona', issue, '/run dev')
  await ended(story, issue)
  await quiet(story)
  const captured = story.sandbox
    .deliveries()
    .find(delivery => delivery.event === 'issue_comment' && delivery.body.includes(`"id":${id}`))
  const before = await botComments(story, issue)
  for (let index = 0; index < 3; index += 1) {
    expect(await story.sandbox.send('issue_comment', JSON.parse(captured?.body ?? '{}'))).toBe(202)
  }
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await botComments(story, issue)).toEqual(before)
  expect(await count(story.database.db, 'deliveries', { disposition: 'duplicate' })).toBe(3)
}, 60_000)

test('a near miss is answered with the closest command, several commands get one reply', async () => {
  const issue = await story.issue('Typos', 'Body.')
  await comment(story, 'mona', issue, '/statu\n/help\n/cancel\n/retry')
  const texts = await answered(issue)
  expect(texts).toHaveLength(1)
  expect(texts[0]).toContain('/status')
  expect(texts[0]).toContain('/revise')
  expect(texts[0]).toContain('no_active_run')
  expect(texts[0]).toContain('no_run')
}, 60_000)

test('/cancel ends the run, takes the label off and closes its check; a second /cancel says there is none', async () => {
  const issue = await story.issue('Cancel', 'AGENT: sleep 60000')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.until(
    'the agent at work',
    async () =>
      (await count(story.database.db, 'run_events', { type: 'agent.started' })) > 0 &&
      (await runsOf(story, issue))[0]?.state === 'running'
  )
  await comment(story, 'rita', issue, '/cancel')
  expect(await ended(story, issue)).toMatchObject({ state: 'canceled' })
  await quiet(story)
  expect(await labels(story, issue)).toEqual([])
  await comment(story, 'rita', issue, '/cancel')
  const texts = await answered(issue, 2)
  expect(texts[1]).toContain('no_active_run')
}, 60_000)

test('taking the label off by hand cancels the run', async () => {
  const issue = await story.issue('Unlabel', 'AGENT: sleep 60000')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.until('the run', async () => (await runsOf(story, issue))[0]?.state === 'running')
  await story.as('mona')('DELETE', `${REPO}/issues/${issue}/labels/run:dev`)
  expect(await ended(story, issue)).toMatchObject({ state: 'canceled' })
}, 60_000)

test('the buttons of the check run cancel and retry; "Re-run" retries', async () => {
  const issue = await story.issue(
    'Buttons',
    'AGENT1: sleep 60000\nAGENT2: exit 4\nAGENT3: write buttons.txt ok'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  const checkId = await story.until('the check run with the agent at work', async () => {
    const [row] = (await story.database
      .db('runs')
      .where({ issue_number: issue, phase: 'agent' })
      .select('check_run_id')) as Array<{ check_run_id: number | null }>
    const started = await story.database
      .db('run_events')
      .where({ type: 'agent.started' })
      .whereIn('run_id', story.database.db('runs').where({ issue_number: issue }).select('id'))
      .first()
    return started === undefined ? null : row?.check_run_id
  })
  await quiet(story)
  const press = (identifier: string): Promise<void> =>
    story.sandbox.pressButton({
      repository: 'octo/shop',
      checkRunId: Number(checkId),
      identifier,
      by: 'mona'
    })
  await press('cancel:1.0')
  expect(await ended(story, issue)).toMatchObject({ state: 'canceled', attempt: 1 })
  await quiet(story)
  await press('retry:1.0')
  await story.until(
    'the second attempt to fail',
    async () => (await runsOf(story, issue))[0]?.state === 'failed'
  )
  await quiet(story)
  await story.sandbox.rerequest({
    repository: 'octo/shop',
    checkRunId: Number(checkId),
    by: 'mona'
  })
  await story.until(
    'the third attempt to succeed',
    async () => (await runsOf(story, issue))[0]?.state === 'succeeded'
  )
  expect(await runsOf(story, issue)).toEqual([expect.objectContaining({ attempt: 3 })])
}, 120_000)

test('"Re-run" on the check of an older run is answered with which run is the newest', async () => {
  const issue = await story.issue('Older', 'AGENT1: write older.txt 1\nAGENT2: exit 2')
  await addLabel(story, 'mona', issue, 'run:dev')
  const first = await ended(story, issue)
  await quiet(story)
  await comment(story, 'mona', issue, '/revise')
  const second = await ended(story, issue, 2)
  await quiet(story)
  const [row] = (await story.database
    .db('runs')
    .where({ id: first.id })
    .select('check_run_id')) as Array<{ check_run_id: number }>
  const before = (await botComments(story, issue)).length
  await story.sandbox.rerequest({
    repository: 'octo/shop',
    checkRunId: Number(row?.check_run_id),
    by: 'mona'
  })
  const texts = await answered(issue, before + 1)
  expect(texts.at(-1)).toContain('run_superseded')
  expect(texts.at(-1)).toContain(second.id)
  expect(await runsOf(story, issue)).toHaveLength(2)
}, 90_000)

test('a review during an active run is kept and becomes its next revise', async () => {
  const issue = await story.issue(
    'Kept',
    'AGENT1: write kept.txt 1\nAGENT2: sleep 1500\nAGENT2: write kept.txt 2\nAGENT3: write kept.txt 3'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  const first = await ended(story, issue)
  await quiet(story)
  await comment(story, 'mona', issue, '/revise')
  await story.until(
    'the revise at work',
    async () => (await runsOf(story, issue))[1]?.state === 'running'
  )
  await story.as('rita')('POST', `${REPO}/pulls/${first.pull_request}/reviews`, {
    event: 'REQUEST_CHANGES',
    body: 'And once more.'
  })
  expect(await ended(story, issue, 3, 90)).toMatchObject({ kind: 'revise', state: 'succeeded' })
  expect(await runsOf(story, issue)).toHaveLength(3)
}, 120_000)

test('an unreadable payload is quarantined with its reason, and the others flow', async () => {
  const issue = await story.issue('Poison', 'AGENT1: write poison.txt ok')
  expect(
    await story.sandbox.send('issues', {
      action: 'labeled',
      label: null,
      issue: { number: issue },
      repository: { id: 1 }
    })
  ).toBe(202)
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  await quiet(story)
  const rows = (await story.database
    .db('deliveries')
    .where({ state: 'quarantined' })
    .select('reason')) as Array<{ reason: string }>
  expect(rows).toHaveLength(1)
  expect(rows[0]?.reason).toContain('reading issues.labeled')
}, 60_000)

test('a label outside the catalogue leaves no run and no comment', async () => {
  const issue = await story.issue('Other labels', 'Body.')
  await addLabel(story, 'mona', issue, 'run:coffee')
  await addLabel(story, 'mona', issue, 'bug')
  await quiet(story)
  expect(await runsOf(story, issue)).toEqual([])
  expect(await botComments(story, issue)).toEqual([])
  expect((await labels(story, issue)).sort()).toEqual(['bug', 'run:coffee'])
}, 60_000)
