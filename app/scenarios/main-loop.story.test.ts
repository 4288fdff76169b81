import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { at, beginStory, STORY_REPOSITORY, type Story } from '#app/testing/story.ts'

let story: Story
const REPO = `/repos/${STORY_REPOSITORY}`

beforeAll(async () => {
  story = await beginStory({ people: { rita: 'write', guest: 'read' } })
  await story.start()
}, 60_000)
afterAll(() => story.end())

test('a label becomes a run, a pull request, a green check and a closed status comment', async () => {
  const mona = story.as('mona')
  const issue = await story.issue('Add a greeting.', 'Please greet.\n\nAGENT1: write hello.txt hi\nAGENT1: say Added a greeting.')
  await mona('POST', `${REPO}/issues/${issue}/labels`, { labels: ['run:dev'] })
  const pull = await story.until('the pull request', async () => {
    const pulls = (await mona('GET', `${REPO}/pulls?state=open`)) as unknown[]
    return pulls[0]
  }, 60)
  expect(at(pull, 'head', 'ref')).toBe(`stagewright/issue-${issue}`)
  expect(String(at(pull, 'body')).trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^Closes .*/issues/${issue}`))
  const labels = await story.until('the label to come off', async () => {
    const found = (await mona('GET', `${REPO}/issues/${issue}/labels`)) as unknown[]
    const names = found.map(label => at(label, 'name'))
    return names.includes('run:dev') || !names.includes('state:in-review') ? null : names
  })
  expect(labels).toEqual(['state:in-review'])
  const sha = String(at(pull, 'head', 'sha'))
  const check = await story.until('the check on the head', async () => {
    const runs = (await mona('GET', `${REPO}/commits/${sha}/check-runs`)) as { check_runs: unknown[] }
    return runs.check_runs.find(run => at(run, 'status') === 'completed')
  })
  expect(at(check, 'conclusion')).toBe('success')
  const comments = (await mona('GET', `${REPO}/issues/${issue}/comments`)) as unknown[]
  expect(comments).toHaveLength(1)
}, 90_000)
