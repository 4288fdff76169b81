import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { connect, databaseUrl } from '#app/adapters/postgres/connection.ts'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  checks,
  comment,
  count,
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
  await story.start({
    overrides: {
      decorate: world => ({
        ...world,
        stages: { dev: { ...requireStage(world.stages.dev), timeoutSeconds: 8 } }
      })
    }
  })
}, 60_000)
afterEach(async () => {
  story.sandbox.faults.clear()
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

function requireStage<T>(stage: T | undefined): T {
  if (stage === undefined) throw new Error('there is no stage dev')
  return stage
}

/** By the way in that the fault itself does not hit. */
async function trigger(
  issue: number,
  fault: { method: string; path: RegExp; times: number },
  by: 'label' | 'comment'
): Promise<void> {
  story.sandbox.faults.loseAnswer(fault)
  if (by === 'label') await addLabel(story, 'mona', issue, 'run:dev')
  else await comment(story, 'mona', issue, '/run dev')
}

test.each([
  ['the status comment', 'POST', /\/issues\/\d+\/comments$/],
  ['the check run', 'POST', /\/check-runs$/],
  ['the pull request', 'POST', /\/pulls$/],
  ['the push', 'POST', /git-receive-pack$/],
  ['a label', 'POST', /\/labels$/],
  ['👀', 'POST', /\/reactions$/]
] as const)(
  '%s was done and the answer was lost: there is one of each all the same',
  async (what, method, path) => {
    const issue = await story.issue(`Lost answer: ${what}`, 'AGENT1: write lost.txt found')
    await trigger(
      issue,
      { method, path, times: 1 },
      what === 'the status comment' ? 'label' : 'comment'
    )
    expect(await ended(story, issue)).toMatchObject({ state: 'succeeded', attempt: 1 })
    await quiet(story)
    const pulls = (await openPulls(story)).filter(
      pull => at(pull, 'head', 'ref') === `stagewright/issue-${issue}`
    )
    expect(pulls).toHaveLength(1)
    expect(await botComments(story, issue)).toHaveLength(1)
    const [run] = await runsOf(story, issue)
    for (const sha of [String(at(pulls[0], 'head', 'sha')), String(at(pulls[0], 'base', 'sha'))]) {
      const own = (await checks(story, sha)).filter(check => check.external_id === run?.id)
      expect(own).toHaveLength(1)
      expect(own[0]).toMatchObject({ status: 'completed' })
    }
  },
  90_000
)

test('a program that is not there is a clear failure before anything starts, and putting it right makes /retry work', async () => {
  const issue = await story.issue('Missing', 'AGENT: write x.txt x')
  await story.database.db.raw(
    `create function no_agent() returns trigger language plpgsql as $$ begin
       new.agent = jsonb_set(new.agent, '{command}', '["no-such-agent"]'); return new; end $$`
  )
  await story.database.db.raw(
    'create trigger no_agent before insert on runs for each row execute function no_agent()'
  )
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue)
  await story.database.db.raw('drop trigger no_agent on runs')
  expect(run).toMatchObject({ state: 'failed', reason: 'agent_missing' })
  await quiet(story)
  const text = (await botComments(story, issue)).join('\n')
  expect(text).toContain('no-such-agent')
  expect(
    await count(story.database.db, 'run_events', { run_id: run.id, type: 'agent.started' })
  ).toBe(0)
  const [row] = (await story.database
    .db('runs')
    .whereNot({ id: run.id })
    .select('agent')
    .limit(1)) as Array<{ agent: unknown }>
  await story.database
    .db('runs')
    .where({ id: run.id })
    .update({ agent: JSON.stringify(row?.agent) })
  await comment(story, 'mona', issue, '/retry')
  await story.until('the retry', async () => (await runsOf(story, issue))[0]?.state === 'succeeded')
}, 90_000)

test('an agent that outlives its deadline is ended with all its processes, its session is saved, and the run has timed out', async () => {
  const issue = await story.issue('Late', 'AGENT1: sleep 120000')
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue, 1, 60)
  expect(run).toMatchObject({ state: 'timed_out' })
  await quiet(story)
  expect(await count(story.database.db, 'sessions', { run_id: run.id })).toBe(1)
  const main = String(at(await story.as('mona')('GET', `${REPO}/branches/main`), 'commit', 'sha'))
  const own = (await checks(story, main)).filter(check => check.external_id === run.id)
  expect(own).toEqual([expect.objectContaining({ status: 'completed', conclusion: 'timed_out' })])
}, 90_000)

test('a full disk under the database is 503 to GitHub, and the redelivery does the work', async () => {
  const { db } = story.database
  await db.raw(
    `create function disk_full() returns trigger language plpgsql as $$ begin
       raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`
  )
  await db.raw(
    'create trigger disk_full before insert on deliveries for each statement execute function disk_full()'
  )
  const issue = await story.issue('Disk', 'AGENT1: write disk.txt ok')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.sandbox.settled()
  const refused = story.sandbox.deliveries().filter(delivery => delivery.status === 503)
  await db.raw('drop trigger disk_full on deliveries')
  expect(refused.map(delivery => `${delivery.event}.${delivery.action}`)).toContain(
    'issues.labeled'
  )
  for (const delivery of refused) await story.sandbox.redeliver(delivery.id)
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
}, 90_000)

test('a full disk in the middle of a run delays it and loses nothing', async () => {
  const { db } = story.database
  await db.raw(
    'create trigger disk_full before insert or update on run_attempts for each statement execute function disk_full()'
  )
  const issue = await story.issue('Disk later', 'AGENT1: write later.txt ok')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.until(
    'the run to be stuck',
    async () => (await runsOf(story, issue))[0]?.state === 'running'
  )
  await new Promise(resolve => setTimeout(resolve, 1500))
  await db.raw('drop trigger disk_full on run_attempts')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded', attempt: 1 })
}, 90_000)

test('a database whose connections are cut again and again loses nothing and doubles nothing', async () => {
  const issue = await story.issue('Cut', 'AGENT1: sleep 1500\nAGENT1: write cut.txt ok')
  await addLabel(story, 'mona', issue, 'run:dev')
  for (let index = 0; index < 6; index += 1) {
    await new Promise(resolve => setTimeout(resolve, 400))
    await story.database.db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`
    )
  }
  expect(await ended(story, issue, 1, 80)).toMatchObject({ state: 'succeeded', attempt: 1 })
  await quiet(story)
  expect(await botComments(story, issue)).toHaveLength(1)
  expect(
    (await openPulls(story)).filter(
      pull => at(pull, 'head', 'ref') === `stagewright/issue-${issue}`
    )
  ).toHaveLength(1)
}, 120_000)

test('while the database refuses connections a delivery is 503 and /readyz says why; afterwards all goes on', async () => {
  const url = story.webhookUrl()
  const name = new URL(story.database.url).pathname.slice(1)
  const elsewhere = connect(databaseUrl(story.database.url, 'postgres'))
  await elsewhere.raw(`alter database ${name} allow_connections false`)
  await elsewhere.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [
    name
  ])
  try {
    const ready = await fetch(url.replace('/api/github/webhooks', '/readyz'))
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ status: 'not_ready' })
    expect(
      await story.sandbox.send('issues', {
        action: 'labeled',
        repository: { id: 1 },
        issue: { number: 1 }
      })
    ).toBe(503)
  } finally {
    await elsewhere.raw(`alter database ${name} allow_connections true`)
    await elsewhere.destroy()
  }
  const issue = await story.issue('Back', 'AGENT1: write back.txt ok')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.sandbox.settled()
  for (const delivery of story.sandbox.deliveries().filter(one => (one.status ?? 0) >= 500))
    await story.sandbox.redeliver(delivery.id)
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
}, 90_000)

test('texts are Russian where the repository says so', async () => {
  await story.database.db('repositories').update({ locale: 'ru' })
  const issue = await story.issue('По-русски', 'AGENT1: write ru.txt да')
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue)
  await quiet(story)
  expect((await botComments(story, issue))[0]).toMatch(/[а-я]{4}/i)
  const [row] = (await story.database
    .db('runs')
    .where({ id: run.id })
    .select('prompt', 'pull_request')) as Array<{ prompt: string; pull_request: number }>
  expect(row?.prompt).toMatch(/[а-я]{4}/i)
  const pull = await story.as('mona')('GET', `${REPO}/pulls/${row?.pull_request}`)
  expect(String(at(pull, 'body'))).toMatch(/[а-я]{4}/i)
  await story.database.db('repositories').update({ locale: 'en' })
}, 60_000)
