import { expect, test } from '@jest/globals'
import { GitFailure } from './git.ts'

test('the reason of a failure is the end of what git said, and begins with a whole word', () => {
  const url = `http://127.0.0.1:4711/${'0123456789abcdef'.repeat(2)}/git`
  const end = ' x'.repeat(740)
  const { message } = new GitFailure('cloning acme/fixture', `error: at '${url}'${end}`)
  expect(message).toBe(`cloning acme/fixture: … ${end.trim()}`)
})

test('a git that said nothing is said to', () => {
  expect(new GitFailure('adding', ' \n').message).toBe('adding: git gave no reason')
})
