import { expect, test } from '@jest/globals'
import type { Comment } from './event.ts'
import { TRUSTED_ASSOCIATIONS } from './event.ts'
import { trustedComments } from './trusted-text.ts'

const until = '2026-03-02T14:00:00Z'
const before = '2026-03-02T13:00:00Z'
const after = '2026-03-02T14:00:01Z'
const policy = { trustedAssociations: TRUSTED_ASSOCIATIONS, ownLogin: 'stagewright[bot]', until }

function comment(change: Partial<Comment> = {}): Comment {
  return {
    id: 1,
    body: 'Use a loop.',
    author: { id: 2, login: 'alice', type: 'User' },
    association: 'MEMBER',
    createdAt: before,
    updatedAt: before,
    ...change
  }
}

test.each<[string, Partial<Comment>, number, number]>([
  ['a member’s comment is kept', {}, 1, 0],
  ['an owner’s', { association: 'OWNER' }, 1, 0],
  ['a collaborator’s', { association: 'COLLABORATOR' }, 1, 0],
  ['a contributor’s is left out', { association: 'CONTRIBUTOR' }, 0, 1],
  ['a stranger’s is left out', { association: 'NONE' }, 0, 1],
  ['one edited before the trigger is kept', { updatedAt: '2026-03-02T13:59:00Z' }, 1, 0],
  ['one edited at the moment of the trigger is kept', { updatedAt: until }, 1, 0],
  ['one edited behind the trigger is left out', { updatedAt: after }, 0, 1],
  [
    'one written at the moment of the trigger is kept',
    { createdAt: until, updatedAt: until },
    1,
    0
  ],
  ['one written behind the trigger does not count', { createdAt: after, updatedAt: after }, 0, 0],
  ['ours does not count', { author: { id: 9, login: 'stagewright[bot]', type: 'Bot' } }, 0, 0],
  [
    'ours does not count, whatever its type',
    { author: { id: 9, login: 'Stagewright', type: 'User' } },
    0,
    0
  ],
  ['another bot’s does not count', { author: { id: 9, login: 'ci[bot]', type: 'Bot' } }, 0, 0],
  ['a command does not count', { body: '/run dev' }, 0, 0],
  ['commands only do not count', { body: '/run dev\r\n\r\n  /cc @bob\r\n' }, 0, 0],
  ['an empty one does not count', { body: ' \n' }, 0, 0],
  ['a command with words below is kept', { body: '/revise\nUse a loop.' }, 1, 0],
  ['a path at the start is no command', { body: '/usr/bin is missing' }, 1, 0]
])('%s', (_sentence, change, kept, leftOut) => {
  const chosen = trustedComments([comment(change)], policy)
  expect([chosen.kept.length, chosen.leftOut]).toEqual([kept, leftOut])
})

test('comments come oldest first, as the author wrote them', () => {
  const early = comment({
    id: 2,
    createdAt: '2026-03-01T00:00:00Z',
    updatedAt: '2026-03-01T00:00:00Z',
    body: 'First.'
  })
  expect(trustedComments([comment(), early], policy).kept).toEqual([
    { author: 'alice', at: '2026-03-01T00:00:00Z', body: 'First.', place: null },
    { author: 'alice', at: before, body: 'Use a loop.', place: null }
  ])
})

test.each<[string, number | null, number]>([
  ['whoever triggered is trusted', 2, 1],
  ['another person is not', 3, 0],
  ['without an actor nobody is', null, 0]
])('of authors whom GitHub calls nothing %s', (_sentence, actor, kept) => {
  const chosen = trustedComments([comment({ association: 'NONE' })], { ...policy, actor })
  expect([chosen.kept.length, chosen.leftOut]).toEqual([kept, 1 - kept])
})

test('a place goes with its text', () => {
  const [kept] = trustedComments([{ ...comment(), place: 'a.ts:3' }], policy).kept
  expect(kept?.place).toBe('a.ts:3')
})

test('the comment that is the trigger is the instruction, not a comment', () => {
  const own = comment({ id: 5, body: '/revise\nUse a loop.', createdAt: until, updatedAt: until })
  expect(trustedComments([own], { ...policy, triggerComment: 5 })).toEqual({ kept: [], leftOut: 0 })
})
