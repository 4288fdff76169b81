import { expect, test } from '@jest/globals'
import { editDistance, nearest } from './nearest.ts'

test.each([
  ['run', 'run', 0],
  ['rnu', 'run', 1],
  ['rn', 'run', 1],
  ['runn', 'run', 1],
  ['ran', 'run', 1],
  ['cnacle', 'cancel', 2],
  ['', 'run', 3]
])('from %j to %j it is %d slips', (left, right, slips) => {
  expect(editDistance(left, right)).toBe(slips)
  expect(editDistance(right, left)).toBe(slips)
})

test.each([
  ['stats', 'status'],
  ['cancle', 'cancel'],
  ['hlep', 'help'],
  ['hold', null],
  ['test', null],
  ['assign', null],
  ['', null]
])('%j is near %j', (word, found) => {
  expect(nearest(word, ['run', 'cancel', 'status', 'help'])).toBe(found)
})
