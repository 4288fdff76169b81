import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { App } from '#app/main.ts'
import { startChild } from '#app/testing/child-app.ts'
import { beginStory, STORY_SECRET, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  count,
  ended,
  failedEffects,
  quiet,
  runsOf
} from '#app/testing/story-views.ts'

let story: Story
const apps: App[] = []

beforeAll(async () => {
  story = await beginStory()
  for (let index = 0; index < 3; index += 1) apps.push(await story.start())
}, 60_000)
afterEach(async () => {
  expect(await failedEffects(story)).toEqual([])
})
afterAll(() => story.end())

async function deliver(app: Pick<App, 'url'>, body: string, guid: string): Promise<number> {
  const signature = createHmac('sha256', STORY_SECRET).update(body).digest('hex')
  const response = await fetch(`${app.url}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${signature}`
    },
    body
  })
  await response.arrayBuffer()
  return response.status
}

/** The body of a delivery that GitHub would send for `run:dev`, not delivered yet. */
async function labelBody(issue: number): Promise<string> {
  story.sandbox.setWebhook({ url: 'http://127.0.0.1:9/', secret: STORY_SECRET })
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.sandbox.settled()
  story.sandbox.setWebhook({ url: `${apps[0]?.url}/api/github/webhooks`, secret: STORY_SECRET })
  const sent = story.sandbox
    .deliveries()
    .filter(delivery => delivery.event === 'issues' && delivery.action === 'labeled')
  return sent.at(-1)?.body ?? ''
}

test('100 copies of one delivery to three replicas make one run', async () => {
  const issue = await story.issue('Storm', 'AGENT1: write storm.txt calm')
  const body = await labelBody(issue)
  const guid = randomUUID()
  const statuses = await Promise.all(
    Array.from({ length: 100 }, (_, index) => deliver(apps[index % 3] ?? { url: '' }, body, guid))
  )
  expect(statuses.filter(status => status === 202)).toHaveLength(1)
  expect(statuses.filter(status => status === 200)).toHaveLength(99)
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await botComments(story, issue)).toHaveLength(1)
}, 90_000)

test('the same body under 30 different delivery ids, at the same time, makes one run', async () => {
  const issue = await story.issue('Captured', 'AGENT1: write captured.txt once')
  const body = await labelBody(issue)
  const statuses = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      deliver(apps[index % 3] ?? { url: '' }, body, randomUUID())
    )
  )
  expect(new Set(statuses)).toEqual(new Set([202]))
  await ended(story, issue)
  await quiet(story)
  expect(await runsOf(story, issue)).toHaveLength(1)
  expect(await botComments(story, issue)).toHaveLength(1)
}, 90_000)

test('many issues at once are shared by the replicas, each run once', async () => {
  const issues = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      story.issue(`Shared ${index}`, `AGENT1: write shared-${index}.txt ok`)
    )
  )
  await Promise.all(issues.map(issue => addLabel(story, 'mona', issue, 'run:dev')))
  for (const issue of issues)
    expect(await ended(story, issue, 1, 90)).toMatchObject({ state: 'succeeded', attempt: 1 })
  await quiet(story)
  for (const issue of issues) {
    expect(await runsOf(story, issue)).toHaveLength(1)
    expect(await botComments(story, issue)).toHaveLength(1)
  }
}, 150_000)

test('a graceful stop hands a running agent over: the other replica finishes it, and no attempt is burned', async () => {
  const child = await startChild(
    story.environment({ STAGEWRIGHT_ROLE: 'worker', STAGEWRIGHT_APP_URL: apps[0]?.url ?? '' })
  )
  for (const app of apps.splice(1)) await app.stop()
  const issue = await story.issue('Handover', 'AGENT1: sleep 4000\nAGENT1: write handover.txt ok')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.until('the agent at work', async () => {
    const [run] = await runsOf(story, issue)
    return (
      run !== undefined &&
      (await count(story.database.db, 'run_events', { run_id: run.id, type: 'agent.started' })) > 0
    )
  })
  expect(await child.kill('SIGTERM')).toBe('0')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded', attempt: 1 })
}, 90_000)
