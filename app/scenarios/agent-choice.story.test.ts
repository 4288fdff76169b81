/** Labels choose model and effort of a run (product spec 3.1, 3.2), with the documented fallback. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { at, beginStory, type Story } from '#app/testing/story.ts'
import {
  addLabel,
  botComments,
  comment,
  ended,
  labels,
  openPulls,
  quiet,
  runsOf
} from '#app/testing/story-views.ts'

let story: Story

beforeAll(async () => {
  story = await beginStory()
  const file = join(story.folder, 'stagewright.yaml')
  const agent = '{ model: big, stages: { dev: { reasoning: medium } } }'
  await writeFile(file, `agent: ${agent}\n`)
  await story.start({ environment: { STAGEWRIGHT_CONFIG_FILE: file } })
}, 60_000)
afterAll(() => story.end())

async function agents(issue: number): Promise<unknown[]> {
  return (await runsOf(story, issue)).map(run => {
    const { name, model, reasoning } = at(run, 'agent') as Record<string, unknown>
    return { name, model, reasoning }
  })
}

test('without labels a run has what the configuration says of its stage', async () => {
  const issue = await story.issue('Plain', 'AGENT: write plain.txt 1')
  await addLabel(story, 'mona', issue, 'run:dev')
  await ended(story, issue)
  await quiet(story)
  expect(await agents(issue)).toEqual([{ name: 'command', model: 'big', reasoning: 'medium' }])
  expect((await botComments(story, issue))[0]).toContain(
    'Agent `command`, model `big`, effort `medium`'
  )
}, 60_000)

test('labels of the issue choose; a model that is not offered is said, and the fallback works', async () => {
  const issue = await story.issue('Labelled', 'AGENT1: write labelled.txt 1')
  await addLabel(story, 'mona', issue, '[ai-reasoning-extra-high]')
  await addLabel(story, 'mona', issue, '[ai-model-gpt-9]')
  await addLabel(story, 'mona', issue, 'run:dev')
  expect(await ended(story, issue)).toMatchObject({ state: 'succeeded' })
  await quiet(story)
  expect(await agents(issue)).toEqual([{ name: 'command', model: 'big', reasoning: 'extra-high' }])
  expect((await botComments(story, issue))[0]).toContain(
    'The label asks for the model `gpt-9`, which this Stagewright does not offer; `big` was used.'
  )
}, 60_000)

test('a revise reads the labels again: those of the pull request go first', async () => {
  const issue = await story.issue('Again', 'AGENT1: write again.txt 1\nAGENT2: write again.txt 2')
  await addLabel(story, 'mona', issue, '[ai-reasoning-low]')
  await addLabel(story, 'mona', issue, 'run:dev')
  await ended(story, issue)
  await quiet(story)
  const pull = (await openPulls(story)).find(one => String(at(one, 'title')).includes('Again'))
  await addLabel(story, 'mona', Number(at(pull, 'number')), '[ai-reasoning-high]')
  await comment(story, 'mona', issue, '/revise')
  await ended(story, issue, 2)
  expect((await agents(issue)).map(agent => at(agent, 'reasoning'))).toEqual(['low', 'high'])
}, 90_000)

test('two models at once start nothing: both are named, and the label comes off', async () => {
  const issue = await story.issue('Two', 'Body.')
  await addLabel(story, 'mona', issue, '[ai-model-a]')
  await addLabel(story, 'mona', issue, '[ai-model-b]')
  await addLabel(story, 'mona', issue, 'run:dev')
  await story.until('the answer', async () => (await botComments(story, issue)).length > 0)
  await quiet(story)
  const [answer] = await botComments(story, issue)
  expect(answer).toContain('`[ai-model-a]`, `[ai-model-b]`')
  expect(answer).toContain('`agent_label_conflict`')
  expect(await runsOf(story, issue)).toEqual([])
  expect(await labels(story, issue)).toEqual(['[ai-model-a]', '[ai-model-b]'])
}, 60_000)
