/** SIGKILL of the app at each step of a run, then a restart: nothing is lost and nothing is doubled. */
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ChildApp, startChild } from '#app/testing/child-app.ts'
import { at, beginStory, STORY_SECRET, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  checks,
  ended,
  failedEffects,
  labels,
  openPulls,
  quiet,
  REPO
} from '#app/testing/story-views.ts'

let story: Story
let port = 0
let app: ChildApp

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function start(failpoint?: string): Promise<ChildApp> {
  return startChild(
    story.environment({
      PORT: String(port),
      ...(failpoint === undefined ? {} : { FAILPOINT: failpoint })
    })
  )
}

beforeAll(async () => {
  story = await beginStory()
  port = await freePort()
  story.sandbox.setWebhook({
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    secret: STORY_SECRET
  })
}, 60_000)
afterAll(async () => {
  await app?.kill('SIGTERM')
  await story.end()
})

/** Steps in the order of a run. */
const STEPS = [
  ['before the delivery is committed', 'inbox.put:before'],
  ['right after the delivery is committed', 'inbox.put:after'],
  ['while the delivery is worked on', 'deliveries.claim:after'],
  ['before the run is committed', 'runs.insert:before'],
  ['right after the run is committed', 'runs.insert:after'],
  ['after 👀 was given', 'github.react:after'],
  ['after the status comment was made, before its id is stored', 'github.comment:after'],
  ['after the check run was made, before its id is stored', 'github.checkRun:after'],
  ['right after the run was claimed', 'runs.claim:after'],
  ['right after the attempt was prepared', 'attempts.insert:after'],
  ['after the token was stored, before the executor is asked', 'executor.start:before'],
  ['after the executor was asked, before that is stored', 'executor.start:after'],
  ['while the agent works', 'runEvents.addFromRunner:after'],
  ['while the bundle is taken', 'attemptLists.putBundle:before'],
  ['after the bundle was taken into our repository', 'git.takeIn:after'],
  ['before the push', 'git.push:before'],
  ['after the push, before that is stored', 'git.push:after'],
  ['after the pull request was opened, before that is stored', 'github.pullRequest:after'],
  ['after the first label was changed', 'github.labels:after'],
  ['after the check run was written a third time', 'github.checkRun:after:3']
] as const

test.each(STEPS)(
  'a kill %s',
  async (_when, failpoint) => {
    app = await start(failpoint)
    const since = story.sandbox.deliveries().length
    const issue = await story.issue(
      `Killed at ${failpoint}`,
      `AGENT1: write ${failpoint.replaceAll(/\W/g, '-')}.txt done\nAGENT1: sleep 300`
    )
    await addLabel(story, 'mona', issue, 'run:dev')
    expect(await Promise.race([app.ended, late()])).toBe('SIGKILL')
    app = await start()
    // What GitHub could not deliver meanwhile it lists as failed; asking for it again is the sweeper's part.
    await story.sandbox.settled()
    const lost = new Set(
      story.sandbox
        .deliveries()
        .slice(since)
        .filter(delivery => delivery.status === 0 || (delivery.status ?? 0) >= 500)
        .map(delivery => delivery.id)
    )
    for (const id of lost) await story.sandbox.redeliver(id)

    expect(await ended(story, issue, 1, 45)).toMatchObject({ state: 'succeeded' })
    await quiet(story)
    const [run, ...others] = (await story.database
      .db('runs')
      .where({ issue_number: issue })) as Array<{ id: string; attempt: number }>
    expect(others).toEqual([])
    const pulls = (await openPulls(story)).filter(
      pull => at(pull, 'head', 'ref') === `stagewright/issue-${issue}`
    )
    expect(pulls).toHaveLength(1)
    expect(await botComments(story, issue)).toHaveLength(1)
    expect(await labels(story, issue)).toEqual(['state:in-review'])
    const main = String(at(await story.as('mona')('GET', `${REPO}/branches/main`), 'commit', 'sha'))
    for (const sha of [main, String(at(pulls[0], 'head', 'sha'))]) {
      const own = (await checks(story, sha)).filter(check => check.external_id === run?.id)
      expect(own).toHaveLength(1)
      expect(own[0]).toMatchObject({ status: 'completed' })
    }
    expect(await failedEffects(story)).toEqual([])
    expect(run?.attempt).toBe(1)
    await story.until('the place of work to be gone', async () => (await places()).length === 0)
    await app.kill('SIGTERM')
  },
  90_000
)

function late(): Promise<string> {
  return new Promise(resolve => {
    setTimeout(resolve, 20_000, 'was not reached').unref()
  })
}

async function places(): Promise<string[]> {
  try {
    return await readdir(`${story.folder}/state/local/attempts`)
  } catch {
    // The folder is made with the first attempt.
    return []
  }
}
