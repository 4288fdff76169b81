import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { App } from '#app/main.ts'
import { beginStory, STORY_SECRET, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  ended,
  failedEffects,
  labels,
  quiet,
  runsOf
} from '#app/testing/story-views.ts'
import { sweep } from '#app/usecases/sweep.ts'
import { sweepLabels } from '#app/usecases/sweep-labels.ts'

let story: Story
let app: App

beforeAll(async () => {
  story = await beginStory({ people: { tria: 'triage' } })
  app = await story.start()
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

/** The same world two minutes later, so that no label is too young to be looked at. */
function later(): App['world'] {
  return { ...app.world, clock: { now: () => new Date(Date.now() + 120_000) } }
}

/** Something happens on GitHub whose delivery never comes. */
async function unheard(act: () => Promise<unknown>): Promise<void> {
  story.sandbox.setWebhook({ url: 'http://127.0.0.1:9/', secret: STORY_SECRET })
  await act()
  await story.sandbox.settled()
  story.sandbox.setWebhook({ url: story.webhookUrl(), secret: STORY_SECRET })
}

test('a trigger label whose delivery never came is picked up, with the actor from the timeline', async () => {
  const known = await story.issue('Known', 'AGENT1: write known.txt 1')
  await addLabel(story, 'mona', known, 'run:dev')
  await ended(story, known)
  await quiet(story)
  const issue = await story.issue('Missed', 'AGENT1: write missed.txt found')
  await unheard(() => addLabel(story, 'mona', issue, 'run:dev'))
  expect(await sweepLabels(later())).toEqual({ removed: 0, picked: 1 })
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  const [row] = (await story.database
    .db('runs')
    .where({ issue_number: issue })
    .select('actor')) as Array<{ actor: string }>
  expect(row?.actor).toBe('mona')
  await quiet(story)
  expect(await labels(story, issue)).toEqual(['state:in-review'])
  expect(await sweepLabels(later())).toEqual({ removed: 0, picked: 0 })
}, 90_000)

test('a missed label of someone who may not trigger is refused like any other', async () => {
  const issue = await story.issue('Missed and refused', 'Body.')
  await unheard(() => addLabel(story, 'tria', issue, 'run:dev'))
  await sweepLabels(later())
  await quiet(story)
  expect((await botComments(story, issue)).join()).toContain('sender_not_allowed')
  expect(await labels(story, issue)).toEqual([])
  expect(await runsOf(story, issue)).toEqual([])
}, 60_000)

test('a trigger label that stands although its run has ended comes off', async () => {
  const issue = await story.issue('Stale', 'AGENT1: write stale.txt 1')
  await addLabel(story, 'mona', issue, 'run:dev')
  await ended(story, issue)
  await quiet(story)
  const [row] = (await story.database
    .db('runs')
    .where({ issue_number: issue })
    .select('id', 'trigger_key')) as Array<{ id: string; trigger_key: string }>
  // As if the removal had been lost for good: the label is put back behind our back, with its old time.
  await unheard(() => addLabel(story, 'mona', issue, 'run:dev'))
  await story.database
    .db('runs')
    .where({ id: row?.id })
    .update({ created_at: story.database.db.raw("now() + interval '5 seconds'") })
  expect(await sweepLabels(later())).toEqual({ removed: 1, picked: 0 })
  await quiet(story)
  expect(await labels(story, issue)).toEqual(['state:in-review'])
  expect(await runsOf(story, issue)).toHaveLength(1)
}, 60_000)

test('a place of work that no live run knows is torn down', async () => {
  const issue = await story.issue('Orphan', 'AGENT1: sleep 60000')
  await addLabel(story, 'mona', issue, 'run:dev')
  const place = await story.until('a place', async () => {
    for await (const id of app.world.executors.local?.list() ?? []) return id
    return null
  })
  await story.database.db('runs').where({ issue_number: issue }).update({
    state: 'failed',
    reason: 'attempt_lost',
    phase: 'finished',
    finished_at: new Date(),
    lease_owner: null,
    lease_until: null
  })
  await story.until('the place to be gone', async () => {
    await sweep(app.world)
    return (await app.world.executors.local?.inspect(place))?.kind === 'absent'
  })
}, 60_000)

test('a check run and a status comment that GitHub refused are brought up to date when it allows them again', async () => {
  const issue = await story.issue('Refused display', 'AGENT1: write display.txt 1')
  await addLabel(story, 'mona', issue, 'run:dev')
  const run = await ended(story, issue)
  await quiet(story)
  await story.database
    .db('effects')
    .where({ key: `sync-check-run:${run.id}` })
    .update({
      state: 'failed',
      error: 'GITHUB_REFUSED: suspended',
      finished_at: story.database.db.raw("now() - interval '11 minutes'"),
      result: null
    })
  await sweep(app.world)
  await quiet(story)
  expect(await failedEffects(story)).toEqual([])
}, 60_000)
