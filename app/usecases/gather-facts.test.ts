import { expect, test } from '@jest/globals'
import type { Comment } from '#app/core/event.ts'
import type { ReviewComment } from '#app/ports/github.ts'
import { repositoryRow } from '#app/testing/github-bench.ts'
import { gatherComments, gatherReview } from './gather-facts.ts'

const repository = repositoryRow({ id: 5, owner: 'octo', name: 'widget', installationId: 9 })
const since = '2026-03-02T12:00:00Z'
const early = '2026-03-02T11:00:00Z'
const before = '2026-03-02T13:00:00Z'
const until = '2026-03-02T14:00:00Z'
const after = '2026-03-02T14:00:01Z'
const trigger = { at: until, commentId: 90, actor: 1 }
const subject = { pullRequest: 8, reviewId: null, since, trigger }

function comment(change: Partial<Comment> = {}): Comment {
  return {
    id: 20,
    body: 'Use a loop.',
    author: { id: 2, login: 'alice', type: 'User' },
    association: 'MEMBER',
    createdAt: before,
    updatedAt: change.createdAt ?? before,
    ...change
  }
}

function remark(change: Partial<ReviewComment> = {}): ReviewComment {
  return { ...comment(change), reviewId: 30, place: 'a.ts:1', ...change }
}

function worldWith(threads: Readonly<Record<number, readonly Comment[]>>, texts: ReviewComment[]) {
  return {
    github: {
      comments: async (_: unknown, number: number) => threads[number] ?? [],
      reviewTexts: async () => texts,
      identity: async () => ({ appId: 1, slug: 'sw', login: 'sw[bot]', email: '' })
    }
  }
}

test.each<[string, Partial<ReviewComment>, number, number]>([
  ['a member’s counts', {}, 1, 0],
  ['one made before the last revise does not', { createdAt: early }, 0, 0],
  ['one of the moment of the last revise does not', { createdAt: since }, 0, 0],
  ['one of the moment of the trigger counts', { createdAt: until }, 1, 0],
  ['one made behind the trigger does not', { createdAt: after }, 0, 0],
  ['one edited behind the trigger is left out', { updatedAt: after }, 0, 1],
  ['a stranger’s is left out', { association: 'NONE' }, 0, 1],
  [
    'the actor’s own counts, whatever GitHub calls her',
    { association: 'NONE', author: { id: 1, login: 'olga', type: 'User' } },
    1,
    0
  ],
  ['commands only are no remark', { body: '/lgtm\n/cc @bob' }, 0, 0],
  ['our own is no remark', { author: { id: 9, login: 'sw[bot]', type: 'Bot' } }, 0, 0]
])('of remarks in reviews and under them %s', async (_sentence, change, kept, leftOut) => {
  const inReview = await gatherReview(worldWith({}, [remark(change)]), repository, subject)
  expect([inReview.kept.length, inReview.leftOut]).toEqual([kept, leftOut])
  const under = await gatherReview(worldWith({ 8: [comment(change)] }, []), repository, subject)
  expect([under.kept.length, under.leftOut]).toEqual([kept, leftOut])
})

test('remarks come oldest first with their places, those of the issue’s own thread not among them', async () => {
  const world = worldWith(
    {
      3: [comment({ body: 'On the issue.' })],
      8: [
        comment({ body: 'Under it.', createdAt: '2026-03-02T13:30:00Z' }),
        comment({ id: 90, body: '/revise\nDo it.', createdAt: until })
      ]
    },
    [remark({ body: 'Late.', createdAt: until }), remark({ body: 'Line.' })]
  )
  const { kept } = await gatherReview(world, repository, subject)
  expect(kept.map(({ body, place }) => [body, place])).toEqual([
    ['Line.', 'a.ts:1'],
    ['Under it.', null],
    ['Late.', 'a.ts:1']
  ])
})

test('the review that triggers counts once, also when it is older than the last revise', async () => {
  const world = worldWith({}, [
    remark({ reviewId: 30, body: 'Mine.', createdAt: early }),
    remark({ reviewId: 31, body: 'Old.', createdAt: early }),
    remark({ reviewId: null, body: 'Old as well.', createdAt: early })
  ])
  const bodies = async (reviewId: number | null, from: string | null) => {
    const asked = { ...subject, reviewId, since: from }
    return (await gatherReview(world, repository, asked)).kept.map(({ body }) => body)
  }
  expect(await bodies(30, since)).toEqual(['Mine.'])
  expect(await bodies(null, since)).toEqual([])
  expect(await bodies(30, null)).toEqual(['Mine.', 'Old.', 'Old as well.'])
})

test('the actor’s comment on the issue counts, a stranger’s beside it does not', async () => {
  const world = worldWith(
    {
      3: [
        comment({ association: 'NONE', author: { id: 1, login: 'olga', type: 'User' } }),
        comment({ association: 'NONE', body: 'Me too.' })
      ]
    },
    []
  )
  const found = await gatherComments(world, repository, { number: 3, trigger })
  expect(found.kept.map(({ author }) => author)).toEqual(['olga'])
  expect(found.leftOut).toBe(1)
})
