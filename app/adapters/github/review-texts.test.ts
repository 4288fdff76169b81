import { afterEach, expect, test } from '@jest/globals'
import { Octokit } from '@octokit/core'
import { paginateRest } from '@octokit/plugin-paginate-rest'
import { type ScriptedServer, sendJson, startScriptedServer } from '#app/testing/scripted-server.ts'
import { readReviewTexts } from './review-texts.ts'

const servers: ScriptedServer[] = []
const place = { owner: 'octo', repo: 'widget', pull_number: 5 }
const submitted = '2026-03-02T14:00:00Z'
const said = { user: { id: 3, login: 'rita', type: 'User' }, author_association: 'MEMBER' }
const review = { ...said, id: 7, body: '', submitted_at: submitted }
const line = {
  ...said,
  id: 8,
  pull_request_review_id: 7,
  body: 'Loop.',
  path: 'a.ts',
  line: 4,
  created_at: submitted,
  updated_at: submitted
}
const text = {
  id: 8,
  reviewId: 7,
  author: said.user,
  association: 'MEMBER',
  body: 'Loop.',
  place: 'a.ts:4',
  createdAt: submitted,
  updatedAt: submitted
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()))
})

/** A client of a GitHub that gives these answers, by the last word of the path. */
async function clientOf(answers: Readonly<Record<string, unknown>>) {
  const server = await startScriptedServer((request, response) => {
    request.resume()
    const word = new URL(request.url ?? '', 'http://github').pathname.split('/').at(-1) ?? ''
    sendJson(response, 200, answers[word] ?? [])
  })
  servers.push(server)
  return new (Octokit.plugin(paginateRest))({ baseUrl: server.url })
}

test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
  ['has its review’s time', {}, {}],
  [
    'drafted long ago counts from when it was submitted',
    { created_at: '2026-03-01T09:00:00Z' },
    {}
  ],
  ['is not edited by being submitted', { updated_at: '2026-03-02T14:00:02Z' }, {}],
  [
    'edited behind its review says so',
    { updated_at: '2026-03-02T14:01:00Z' },
    { updatedAt: '2026-03-02T14:01:00Z' }
  ],
  ['on a whole file has the path', { line: undefined }, { place: 'a.ts' }],
  [
    'on a line that is no more has the line it was on',
    { line: null, original_line: 3 },
    { place: 'a.ts:3' }
  ],
  [
    'of no review has its own time',
    { pull_request_review_id: null, created_at: '2026-03-02T13:00:00Z' },
    { reviewId: null, createdAt: '2026-03-02T13:00:00Z' }
  ],
  [
    'of a deleted account is a ghost’s',
    { user: null },
    { author: { id: 10_137, login: 'ghost', type: 'User' } }
  ]
])('a line comment %s', async (_sentence, change, expected) => {
  const client = await clientOf({ reviews: [review], comments: [{ ...line, ...change }] })
  expect(await readReviewTexts(client, place, null)).toMatchObject([{ ...text, ...expected }])
})

test('a review that is not in the list yet is asked for by its id', async () => {
  const client = await clientOf({ reviews: [], '7': { ...review, body: 'Fresh' } })
  expect(await readReviewTexts(client, place, 7)).toMatchObject([{ reviewId: 7, body: 'Fresh' }])
  expect(await readReviewTexts(client, place, null)).toEqual([])
})
