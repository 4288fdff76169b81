import { expect, test } from '@jest/globals'
import { closedBy } from './issue-changes.ts'
import type { Issue, Repository } from './state.ts'

const WORLD = { url: 'http://127.0.0.1:4000' }

test.each([
  ['Closes #1', [1]],
  ['fixes: #1 and resolved #22', [1, 22]],
  ['Closes ann/shop#3', [3]],
  ['CLOSES http://127.0.0.1:4000/Ann/Shop/issues/4', [4]],
  ['Closes http://127.0.0.1:4000/ann/other/issues/5', []],
  ['Closes ann/other#6', []],
  ['Closes https://github.com/ann/shop/issues/7', []],
  ['encloses #8, see #9', []]
])('a pull request with "%s" closes the issues %j', (body, numbers) => {
  const repository = { fullName: 'ann/shop' } as Repository
  const pull = { title: 'change', body } as Issue
  expect(closedBy(WORLD, repository, pull)).toEqual(numbers)
})
