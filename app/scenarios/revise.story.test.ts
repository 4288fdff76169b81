import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  comment,
  ended,
  failedEffects,
  openPulls,
  quiet,
  REPO,
  runsOf
} from '#app/testing/story-views.ts'

let story: Story

beforeAll(async () => {
  story = await beginStory({ people: { rita: 'write' } })
  await story.start({ environment: { STAGEWRIGHT_OWNERS: 'olga' } })
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

/** An issue that has been worked on once, and its pull request. */
async function worked(
  title: string,
  body: string
): Promise<{ readonly issue: number; readonly pull: number }> {
  const issue = await story.issue(title, body)
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  await quiet(story)
  const pull = (await openPulls(story)).find(
    open => at(open, 'head', 'ref') === `stagewright/issue-${issue}`
  )
  return { issue, pull: Number(at(pull, 'number')) }
}

async function review(login: string, pull: number, body: unknown): Promise<void> {
  await story.as(login)('POST', `${REPO}/pulls/${pull}/reviews`, body)
}

/** What the issue's newest run was told, once it has ended, and whether it went on from a session. */
async function told(
  issue: number,
  run: number
): Promise<{ readonly prompt: string; readonly resumed: boolean; readonly kind: string }> {
  const { id, kind } = await ended(story, issue, run)
  const [row] = (await story.database
    .db('runs')
    .join('run_attempts', 'run_attempts.run_id', 'runs.id')
    .where('runs.id', id)
    .select('runs.prompt', 'run_attempts.report')) as Array<{
    prompt: string
    report: { sessionResumed: boolean }
  }>
  await quiet(story)
  return { prompt: row?.prompt ?? '', resumed: row?.report.sessionResumed === true, kind }
}

function line(path: string, body: string): object {
  return { path, line: 1, side: 'RIGHT', body }
}

/** GitHub's times are whole seconds: what comes next is later than what was. */
async function nextSecond(): Promise<void> {
  const next = Math.floor(Date.now() / 1000 + 1) * 1000
  await story.until('the next second', async () => Date.now() >= next)
}

test('the label run:dev:revise brings every remark on the pull request; the next /revise only newer ones', async () => {
  const { issue, pull } = await worked('Remarks', 'AGENT1: write r.txt one')
  await review('rita', pull, {
    event: 'COMMENT',
    body: 'WHOLE REVIEW',
    comments: [line('r.txt', 'IN THE REVIEW\nAGENT2: write r.txt two')]
  })
  const head = at(await story.as('mona')('GET', `${REPO}/pulls/${pull}`), 'head', 'sha')
  await story.as('mona')('POST', `${REPO}/pulls/${pull}/comments`, {
    ...line('r.txt', 'ON ITS OWN'),
    commit_id: head
  })
  await comment(story, 'rita', pull, 'UNDER IT')
  await comment(story, 'passer-by', pull, 'FROM A STRANGER')
  await addLabel(story, 'mona', issue, 'run:dev:revise')
  const first = await told(issue, 2)
  expect(first).toMatchObject({ kind: 'revise', resumed: true })
  for (const remark of ['WHOLE REVIEW', 'IN THE REVIEW', 'ON ITS OWN', 'UNDER IT'])
    expect(first.prompt.split(remark)).toHaveLength(2)
  expect(first.prompt.match(/, r\.txt:1\n/g)).toHaveLength(2)
  expect(first.prompt).not.toContain('FROM A STRANGER')
  expect(first.prompt).toContain('1 further comments are not shown')

  await nextSecond()
  await comment(story, 'rita', pull, 'ONE MORE\nAGENT3: write r.txt three')
  await comment(story, 'mona', issue, '/revise\nAS SHE SAYS')
  const second = await told(issue, 3)
  expect(second).toMatchObject({ kind: 'revise', resumed: true })
  expect(second.prompt.split('ONE MORE')).toHaveLength(2)
  expect(second.prompt.split('AS SHE SAYS')).toHaveLength(2)
  for (const remark of ['WHOLE REVIEW', 'IN THE REVIEW', 'ON ITS OWN', 'UNDER IT'])
    expect(second.prompt).not.toContain(remark)
}, 180_000)

test('the words of an owner whom GitHub does not know here reach the agent with her review', async () => {
  const { issue, pull } = await worked('Owned', 'AGENT1: write o.txt one')
  await comment(story, 'olga', issue, 'OLGA ON THE ISSUE')
  await review('olga', pull, {
    event: 'REQUEST_CHANGES',
    body: 'OLGA IN HER REVIEW',
    comments: [line('o.txt', 'AGENT2: write o.txt two')]
  })
  const { prompt, kind } = await told(issue, 2)
  expect(kind).toBe('revise')
  expect(prompt).toContain('OLGA ON THE ISSUE')
  expect(prompt).toContain('OLGA IN HER REVIEW')
  expect(prompt).toContain('AGENT2: write o.txt two')
}, 120_000)

test('a revise that is canceled before it began costs neither the session, the summary nor the remarks', async () => {
  const { issue, pull } = await worked('Twice', 'AGENT1: write t.txt one\nAGENT1: say ONE IS DONE')
  await comment(story, 'rita', pull, 'REMARK OF BEFORE')
  const blocker = await story.issue('Busy', 'AGENT: sleep 120000')
  await story.database.db('projects').update({ max_parallel_runs: 1 })
  await addLabel(story, 'mona', blocker, 'run:dev')
  await story.until(
    'the other run to begin',
    async () => (await runsOf(story, blocker))[0]?.state === 'running'
  )
  await comment(story, 'mona', issue, '/revise')
  await story.until('the revise', async () => (await runsOf(story, issue)).length === 2)
  await comment(story, 'mona', issue, '/cancel')
  expect(await ended(story, issue, 2)).toMatchObject({ state: 'canceled', attempt: 0 })
  await story.database.db('projects').update({ max_parallel_runs: 4 })
  await comment(story, 'mona', blocker, '/cancel')
  await nextSecond()
  await comment(story, 'mona', issue, '/revise\nAGENT2: write t.txt two')
  const third = await told(issue, 3)
  expect(third).toMatchObject({ kind: 'revise', resumed: true })
  expect(third.prompt).toContain('ONE IS DONE')
  expect(third.prompt).toContain('REMARK OF BEFORE')
  await ended(story, blocker)

  await comment(story, 'mona', issue, '/run dev')
  const fresh = await told(issue, 4)
  expect(fresh).toMatchObject({ kind: 'work', resumed: false })
  expect(fresh.prompt).not.toContain('Summary of the run before')
}, 240_000)
