import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  checks,
  comment,
  ended,
  eyes,
  failedEffects,
  labels,
  openPulls,
  quiet,
  REPO,
  runsOf
} from '#app/testing/story-views.ts'

let story: Story

beforeAll(async () => {
  story = await beginStory({ people: { rita: 'write', guest: 'read' } })
  await story.start()
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

async function pullOf(
  issue: number
): Promise<{ number: number; sha: string; body: string; title: string }> {
  const pull = (await openPulls(story)).find(
    open => at(open, 'head', 'ref') === `stagewright/issue-${issue}`
  )
  return {
    number: Number(at(pull, 'number')),
    sha: String(at(pull, 'head', 'sha')),
    body: String(at(pull, 'body')),
    title: String(at(pull, 'title'))
  }
}

test('a label becomes a run, a pull request, a green check and a closed status comment', async () => {
  const issue = await story.issue(
    'Add a greeting.',
    'Please greet.\n\nAGENT1: write hello.txt hi\nAGENT1: say Added a greeting.'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded', kind: 'work', attempt: 1 })
  await quiet(story)
  const pull = await pullOf(issue)
  expect(pull.title).toBe(`Issue #${issue}: Add a greeting (#${issue})`)
  expect(pull.body.trimEnd().split('\n').at(-1)).toBe(
    `Closes ${story.sandbox.url}/octo/shop/issues/${issue}`
  )
  expect(await labels(story, issue)).toEqual(['state:in-review'])
  expect(await labels(story, pull.number)).toEqual(['state:in-review'])
  expect(await eyes(story, `issues/${issue}`)).toBe(1)
  const [check, ...others] = await checks(story, pull.sha)
  expect(check).toMatchObject({ status: 'completed', conclusion: 'success' })
  expect(check?.output.text).toContain('> write hello.txt hi')
  expect(others).toEqual([])
  const comments = await botComments(story, issue)
  expect(comments).toHaveLength(1)
  expect(comments[0]).toContain(`/pull/${pull.number}`)
  const main = String(at(await story.as('mona')('GET', `${REPO}/branches/main`), 'commit', 'sha'))
  const first = (await checks(story, main)).filter(run => run.external_id === check?.external_id)
  expect(first).toHaveLength(1)
  expect(first[0]).toMatchObject({ status: 'completed' })
}, 90_000)

test('"Request changes" revises the same pull request in the same session, with the review in the prompt', async () => {
  const issue = await story.issue('A list', 'AGENT1: write list.txt one')
  await comment(story, 'rita', issue, '/run dev')
  await ended(story, issue)
  await quiet(story)
  const before = await pullOf(issue)
  await story.as('rita')('POST', `${REPO}/pulls/${before.number}/reviews`, {
    event: 'REQUEST_CHANGES',
    body: 'One more, please.',
    comments: [
      { path: 'list.txt', line: 1, side: 'RIGHT', body: 'AGENT2: write list.txt one\\ntwo' }
    ]
  })
  const run = await ended(story, issue, 2)
  expect(run).toMatchObject({ state: 'succeeded', kind: 'revise', pull_request: before.number })
  await quiet(story)
  const after = await pullOf(issue)
  expect(after.number).toBe(before.number)
  expect(after.sha).not.toBe(before.sha)
  expect(after.title).toBe(before.title)
  const commits = (await story.as('mona')(
    'GET',
    `${REPO}/pulls/${after.number}/commits`
  )) as unknown[]
  expect(commits).toHaveLength(2)
  expect(after.body.match(/Closes /g)).toHaveLength(1)
  const [attempt] = (await story.database
    .db('run_attempts')
    .where({ run_id: run.id })
    .select('report')) as Array<{ report: { sessionResumed: boolean; lastLines: string } }>
  expect(attempt?.report.sessionResumed).toBe(true)
  expect(attempt?.report.lastLines).toContain('turn 2')
  const [row] = (await story.database.db('runs').where({ id: run.id }).select('prompt')) as Array<{
    prompt: string
  }>
  expect(row?.prompt).toContain('list.txt:1')
  expect(row?.prompt).toContain('One more, please.')
}, 120_000)

test('/revise with text on the pull request itself goes to the agent', async () => {
  const issue = await story.issue('A poem', 'AGENT1: write poem.txt roses')
  await addLabel(story, 'mona', issue, 'run:dev')
  await ended(story, issue)
  await quiet(story)
  const pull = await pullOf(issue)
  const id = await comment(story, 'mona', pull.number, '/revise\nAGENT2: write poem.txt violets')
  expect(await ended(story, issue, 2)).toMatchObject({
    state: 'succeeded',
    kind: 'revise',
    pull_request: pull.number
  })
  expect(await eyes(story, `issues/comments/${id}`)).toBe(1)
  await quiet(story)
  expect((await pullOf(issue)).sha).not.toBe(pull.sha)
}, 120_000)

test('a revise without a pull request is refused, and its label comes off', async () => {
  const issue = await story.issue('Nothing yet', 'No work so far.')
  await addLabel(story, 'mona', issue, 'run:dev:revise')
  await story.until('the refusal', async () => (await botComments(story, issue)).length > 0)
  await quiet(story)
  const [text] = await botComments(story, issue)
  expect(text).toContain('run.revise.pr_not_found')
  expect(await labels(story, issue)).toEqual([])
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test('no change made is said, and no pull request is opened', async () => {
  const issue = await story.issue('Only look', 'AGENT: say Everything is fine as it is.')
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({
    state: 'succeeded',
    reason: 'no_changes',
    pull_request: null
  })
  await quiet(story)
  expect((await botComments(story, issue)).join('\n')).toContain('nothing to change')
  expect(await labels(story, issue)).toEqual([])
}, 60_000)

test('a protected path is refused by name, and nothing is pushed', async () => {
  const issue = await story.issue(
    'Sneak',
    'AGENT: write .github/workflows/own.yml on: push\nAGENT: write fine.txt ok'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue)
  expect(run).toMatchObject({ state: 'failed', reason: 'scope_violation' })
  await quiet(story)
  expect((await botComments(story, issue)).join('\n')).toContain('.github/workflows/own.yml')
  const refs = (await story.as('mona')(
    'GET',
    `${REPO}/git/matching-refs/heads/stagewright/issue-${issue}`
  )) as unknown[]
  expect(refs).toEqual([])
}, 60_000)

test('a secret in the change is found, named by place and not by value, and nothing is pushed', async () => {
  const key = `AKIA${'IOSFODNN7ABCDEFG'}`
  const issue = await story.issue('Leak', `AGENT: write config.txt aws_access_key_id = ${key}`)
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'failed', reason: 'secret_found' })
  await quiet(story)
  const text = (await botComments(story, issue)).join('\n')
  expect(text).toContain('config.txt')
  expect(text).not.toContain(key)
  const refs = (await story.as('mona')(
    'GET',
    `${REPO}/git/matching-refs/heads/stagewright/issue-${issue}`
  )) as unknown[]
  expect(refs).toEqual([])
}, 60_000)

test('an agent that fails is reported with its exit code, and /retry makes another attempt of the same run', async () => {
  const issue = await story.issue('Twice', 'AGENT1: exit 3\nAGENT2: write twice.txt done')
  await addLabel(story, 'mona', issue, 'run:dev')
  const failed = await ended(story, issue)
  expect(failed).toMatchObject({ state: 'failed', reason: 'agent_failed', attempt: 1 })
  await quiet(story)
  expect((await botComments(story, issue)).join('\n')).toContain('3')
  await comment(story, 'mona', issue, '/retry')
  await story.until(
    'the second attempt',
    async () => (await runsOf(story, issue))[0]?.state === 'succeeded',
    60
  )
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect((await runsOf(story, issue))[0]).toMatchObject({ id: failed.id, attempt: 2 })
  await quiet(story)
  expect((await pullOf(issue)).number).toBeGreaterThan(0)
}, 120_000)

test('the audit holds who did what and why, and links join issue, run, pull request and branch', async () => {
  const issue = await story.issue('Audited', 'AGENT1: write audit.txt yes')
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue)
  const events = (await story.database
    .db('flow_events')
    .where({ run_id: run.id })
    .orderBy('id')
    .select('type', 'actor', 'correlation_id')) as Array<{
    type: string
    actor: string
    correlation_id: string
  }>
  expect(events.map(event => event.type)).toEqual([
    'webhook.received',
    'run.started',
    'run.branch.pushed',
    'run.pr.created',
    'run.succeeded'
  ])
  expect(events[0]?.actor).toBe('mona')
  expect(new Set(events.map(event => event.correlation_id)).size).toBe(1)
  const links = (await story.database
    .db('links')
    .where({ source_id: run.id })
    .orWhere({ target_id: run.id })
    .select('link_type')) as Array<{ link_type: string }>
  expect(links.map(link => link.link_type).sort()).toEqual(['produced', 'pushed', 'triggered'])
}, 60_000)
