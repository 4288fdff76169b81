/** The server was away: what GitHub sent meanwhile is asked for again, and handled once. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { SUBSCRIBED_EVENTS } from '#app/edges/webhooks/payloads.ts'
import type { App } from '#app/main.ts'
import { stagewright } from '#app/testing/command-line.ts'
import { beginStory, STORY_SECRET, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  comment,
  ended,
  failedEffects,
  labels,
  openPulls,
  quiet,
  REPO,
  runsOf
} from '#app/testing/story-views.ts'
import { type SweptDeliveries, sweepDeliveries } from '#app/usecases/sweep-deliveries.ts'
import { sweepLabels } from '#app/usecases/sweep-labels.ts'

let story: Story
let app: App

beforeAll(async () => {
  story = await beginStory({ people: { tria: 'triage' } })
  for (const name of ['run:dev', 'bug']) {
    await story.as('mona')('POST', `${REPO}/labels`, { name, color: 'ededed' })
  }
  app = await story.start()
  // The first sweep of a new server, before anything is missed.
  await sweep(0)
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

/** What the scheduler does every five minutes, with the clock moved on by so many. */
async function sweep(minutes: number): Promise<SweptDeliveries> {
  const clock = { now: () => new Date(Date.now() + minutes * 60_000) }
  const swept = await sweepDeliveries({ ...app.world, clock }, SUBSCRIBED_EVENTS)
  await story.sandbox.settled()
  return swept
}

/** Ids of what GitHub sends while `act` goes on, each once. */
async function sentDuring(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = story.sandbox.deliveries().length
  await act()
  await story.sandbox.settled()
  return [
    ...new Set(
      story.sandbox
        .deliveries()
        .slice(before)
        .map(delivery => delivery.id)
    )
  ]
}

async function inbox(ids: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const rows = (await story.database
    .db('deliveries')
    .whereIn('id', [...ids])
    .select('state')) as Array<{ state: string }>
  const byState = Map.groupBy(rows, row => row.state)
  return Object.fromEntries([...byState].map(([state, of]) => [state, of.length]))
}

test('the server is down while 50 deliveries are sent: all are handled, each once, within two sweeps', async () => {
  const issues: number[] = []
  for (let count = 1; count <= 8; count += 1) {
    issues.push(await story.issue(`Missed ${count}`, `AGENT1: write missed-${count}.txt ${count}`))
  }
  await quiet(story)
  const [first = 0, second = 0, third = 0, asked = 0, ...others] = issues
  await app.stop()
  const missed = await sentDuring(async () => {
    // 3 that start runs, 1 of a person who may not, 4 that mean nothing, 2 that ask.
    for (const issue of [first, second]) await addLabel(story, 'mona', issue, 'run:dev')
    await comment(story, 'mona', third, '/run dev')
    await addLabel(story, 'tria', asked, 'run:dev')
    for (const issue of others) await addLabel(story, 'mona', issue, 'bug')
    for (const issue of others.slice(0, 2)) await comment(story, 'mona', issue, '/status')
    for (let count = 0; count < 40; count += 1) {
      await comment(story, 'mona', issues[count % 8] ?? 0, `A remark, ${count}.`)
    }
  })
  expect(missed).toHaveLength(50)
  expect(await inbox(missed)).toEqual({})

  app = await story.start()
  expect(await sweep(2)).toMatchObject({ found: 50, asked: 50, held: null })
  for (const issue of [first, second, third]) {
    expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  }
  await quiet(story)
  expect(await sweep(7)).toMatchObject({ found: 0, asked: 0, arrived: 50, waiting: 0 })

  expect(await inbox(missed)).toEqual({ done: 50 })
  const attempts = story.sandbox.deliveries().filter(delivery => missed.includes(delivery.id))
  expect(attempts).toHaveLength(100)
  expect(await openPulls(story)).toHaveLength(3)
  const runs = await Promise.all(issues.map(async issue => (await runsOf(story, issue)).length))
  expect(runs).toEqual([1, 1, 1, 0, 0, 0, 0, 0])
  const replies = await Promise.all(
    issues.map(async issue => (await botComments(story, issue)).length)
  )
  expect(replies).toEqual([1, 1, 1, 1, 1, 1, 0, 0])
  expect((await botComments(story, asked)).join()).toContain('sender_not_allowed')
  for (const issue of [first, second])
    expect(await labels(story, issue)).toEqual(['state:in-review'])

  expect(await sweep(9)).toMatchObject({ found: 0, asked: 0, arrived: 0 })
  expect(story.sandbox.deliveries().filter(one => missed.includes(one.id))).toHaveLength(100)
}, 180_000)

test('a missed label that the label sweep finds first makes one run, and the delivery is a duplicate', async () => {
  const issue = await story.issue('Found twice', 'AGENT1: write twice.txt 1')
  await quiet(story)
  await app.stop()
  const [label = ''] = await sentDuring(() => addLabel(story, 'mona', issue, 'run:dev'))
  app = await story.start()
  const clock = { now: () => new Date(Date.now() + 120_000) }
  expect(await sweepLabels({ ...app.world, clock })).toMatchObject({ picked: 1 })
  await ended(story, issue)
  await quiet(story)
  expect(await sweep(2)).toMatchObject({ found: 1, asked: 1 })
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await botComments(story, issue)).toHaveLength(1)
  expect(await story.database.db('deliveries').where({ id: label }).first()).toMatchObject({
    state: 'done',
    disposition: 'duplicate'
  })
}, 90_000)

test('a label put on and taken off while the server was down starts nothing that stays', async () => {
  const issue = await story.issue('Changed my mind', 'AGENT1: sleep 20000')
  await quiet(story)
  await app.stop()
  await sentDuring(async () => {
    await addLabel(story, 'mona', issue, 'run:dev')
    await story.as('mona')('DELETE', `${REPO}/issues/${issue}/labels/run:dev`)
  })
  app = await story.start()
  expect(await sweep(2)).toMatchObject({ asked: 2 })
  expect(await ended(story, issue)).toMatchObject({ state: 'canceled' })
  await quiet(story)
}, 90_000)

test('more than a page of GitHub’s log is read, and its answers do not count as ours', async () => {
  const issue = await story.issue('Busy', 'Body.')
  await quiet(story)
  const swallow = await sentDuring(async () => {
    await app.stop()
    for (let count = 0; count < 130; count += 1) {
      await comment(story, 'mona', issue, `Remark ${count}`)
    }
  })
  expect(swallow).toHaveLength(130)
  app = await story.start()
  expect(await sweep(2)).toMatchObject({ found: 130, asked: 130 })
  await quiet(story)
  expect(await inbox(swallow)).toEqual({ done: 130 })
}, 120_000)

test('with a wrong secret one is asked for at a time, and all when it is right again', async () => {
  const issue = await story.issue('Secret', 'Body.')
  await quiet(story)
  story.sandbox.setWebhook({ url: story.webhookUrl(), secret: 'another-secret-altogether' })
  const missed = await sentDuring(async () => {
    for (let count = 0; count < 6; count += 1)
      await comment(story, 'mona', issue, `Secret ${count}`)
  })
  const held = { reason: 'refused', hint: expect.stringContaining('STAGEWRIGHT_WEBHOOK_SECRET') }
  expect(await sweep(2)).toMatchObject({ found: 6, asked: 1, held })
  expect(await inbox(missed)).toEqual({})
  story.sandbox.setWebhook({ url: story.webhookUrl(), secret: STORY_SECRET })
  expect(await sweep(3)).toMatchObject({ asked: 1, held })
  expect(await sweep(8)).toMatchObject({ asked: 5, held: null })
  await quiet(story)
  expect(await inbox(missed)).toEqual({ done: 6 })
}, 90_000)

test('an operator sweeps, looks and replays at the command line; a replay does nothing twice', async () => {
  const issue = await story.issue('By hand', 'AGENT1: write by-hand.txt 1')
  await quiet(story)
  await app.stop()
  const [label = ''] = await sentDuring(() => addLabel(story, 'mona', issue, 'run:dev'))
  app = await story.start()
  await sweep(2)
  await ended(story, issue)
  await quiet(story)
  const env = story.environment()
  const swept = await stagewright(['deliveries', 'sweep', '--json'], env)
  expect(swept).toMatchObject({ code: 0 })
  expect(JSON.parse(swept.stdout)).toMatchObject({ found: 0, asked: 0, waiting: 0 })
  const [run] = await runsOf(story, issue)
  const shown = await stagewright(['deliveries', 'show', label, '--json'], env)
  expect(JSON.parse(shown.stdout)).toMatchObject({ subject: `octo/shop#${issue}`, runs: [run?.id] })
  expect(await stagewright(['deliveries', 'replay', label], env)).toMatchObject({ code: 0 })
  await quiet(story)
  expect(await story.database.db('deliveries').where({ id: label }).first()).toMatchObject({
    state: 'done',
    disposition: 'duplicate'
  })
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await botComments(story, issue)).toHaveLength(1)
}, 90_000)
