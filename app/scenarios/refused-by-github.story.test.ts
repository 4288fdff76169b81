/** What the App may not do any more: runs end with a reason instead of trying for ever, and slots are free. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { beginStory, type Story } from '#app/testing/story.ts'
import { addLabel, botComments, comment, ended, quiet, runsOf } from '#app/testing/story-views.ts'

let story: Story
const ALL = {
  issues: 'write',
  pull_requests: 'write',
  contents: 'write',
  checks: 'write',
  metadata: 'read'
} as const

beforeAll(async () => {
  story = await beginStory({ people: { rita: 'write' } })
  await story.start()
}, 60_000)
afterEach(() => story.sandbox.setPermissions(ALL))
afterAll(() => story.end())

test('without the right to push the run fails as publish_failed and says so; with it again /retry goes through', async () => {
  const issue = await story.issue('No push', 'AGENT: write pushed.txt ok')
  story.sandbox.setPermissions({ ...ALL, contents: 'read' })
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'failed', reason: 'publish_failed' })
  story.sandbox.setPermissions(ALL)
  await quiet(story)
  expect((await botComments(story, issue)).length).toBe(1)
  await comment(story, 'mona', issue, '/retry')
  await story.until('the retry', async () => (await runsOf(story, issue))[0]?.state === 'succeeded')
}, 90_000)

test('a review that waits for a run which ends without a pull request is answered, not lost', async () => {
  const issue = await story.issue(
    'Closed meanwhile',
    'AGENT1: write closed.txt 1\nAGENT2: sleep 2500\nAGENT2: exit 5'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  const first = await ended(story, issue)
  await quiet(story)
  await comment(story, 'mona', issue, '/revise')
  await story.until(
    'the revise at work',
    async () => (await runsOf(story, issue))[1]?.state === 'running'
  )
  await story.as('rita')('POST', `/repos/octo/shop/pulls/${first.pull_request}/reviews`, {
    event: 'REQUEST_CHANGES',
    body: 'Please look again.'
  })
  await story.until('the review to be kept', async () => {
    const [row] = (await story.database
      .db('runs')
      .where({ issue_number: issue })
      .orderBy('created_at', 'desc')
      .limit(1)
      .select('next_revise')) as Array<{ next_revise: unknown[] }>
    return (row?.next_revise.length ?? 0) > 0
  })
  await story.as('mona')('PATCH', `/repos/octo/shop/pulls/${first.pull_request}`, {
    state: 'closed'
  })
  const last = await ended(story, issue, 3, 60)
  expect(last).toMatchObject({ kind: 'revise', state: 'failed', reason: 'pr_not_found' })
}, 120_000)
