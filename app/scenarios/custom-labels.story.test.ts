/** Label names are configuration: with others in the file the same rules go by those (decisions 9). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { beginStory, type Story } from '#app/testing/story.ts'
import { addLabel, botComments, ended, labels, quiet, runsOf } from '#app/testing/story-views.ts'

let story: Story

beforeAll(async () => {
  story = await beginStory()
  const file = join(story.folder, 'stagewright.yaml')
  await writeFile(file, 'labels:\n  run:\n    dev: build it\n  inReview: please look\n')
  await story.start({ environment: { STAGEWRIGHT_CONFIG_FILE: file } })
}, 60_000)
afterAll(() => story.end())

test('the configured label starts the stage, and the configured state label says it waits for review', async () => {
  const issue = await story.issue('Custom', 'AGENT1: write custom.txt 1')
  await addLabel(story, 'mona', issue, 'Build It')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  await quiet(story)
  expect(await labels(story, issue)).toEqual(['please look'])
}, 60_000)

test('the catalogue’s own name is then a label like any other', async () => {
  const issue = await story.issue('Plain', 'Body.')
  await addLabel(story, 'mona', issue, 'run:dev')
  await quiet(story)
  expect(await runsOf(story, issue)).toEqual([])
  expect(await botComments(story, issue)).toEqual([])
  expect(await labels(story, issue)).toEqual(['run:dev'])
}, 60_000)
