import { expect, test } from '@jest/globals'
import { findPlace } from './diff-place.ts'

const PATCH = [
  '@@ -1,3 +1,3 @@',
  ' a',
  '-b',
  '+B',
  ' c',
  '@@ -10,2 +10,3 @@ name',
  ' x',
  '+y',
  ' z'
].join('\n')

test.each([
  ['an added line', { line: 2, side: 'RIGHT' }, 3],
  ['a removed line', { line: 2, side: 'LEFT' }, 2],
  ['a line around a change, on the right', { line: 3, side: 'RIGHT' }, 4],
  ['a line of the second hunk', { line: 11, side: 'RIGHT' }, 7],
  ['a line by its position', { position: 3 }, 3]
] as const)('%s is found', (_sentence, wanted, position) => {
  expect(findPlace(PATCH, wanted)?.position).toBe(position)
})

test.each([
  ['a line between hunks', { line: 6, side: 'RIGHT' }],
  ['an added line on the left', { line: 12, side: 'LEFT' }],
  ['a hunk header by its position', { position: 5 }],
  ['position 0', { position: 0 }]
] as const)('%s is not part of the diff', (_sentence, wanted) => {
  expect(findPlace(PATCH, wanted)).toBeNull()
})

test('the hunk shown ends with the line itself', () => {
  expect(findPlace(PATCH, { line: 11, side: 'RIGHT' })?.hunk).toBe('@@ -10,2 +10,3 @@ name\n x\n+y')
})
