import { expect, test } from '@jest/globals'
import { workflowFacts } from './workflow-facts.ts'

const path = '.github/workflows/ci.yml'

test('`on` is read as a word, with the secrets of its jobs', () => {
  const text = `on: push\njobs: { a: { env: { K: "\${{ secrets.KEY }}" } } }`
  expect(workflowFacts({ path, text }, 'main')).toEqual({
    path,
    onPush: true,
    onPullRequest: false,
    secrets: ['KEY'],
    unreadable: null
  })
})

test.each([
  ['a file without text', null],
  ['broken YAML', 'on: [push\njobs:'],
  ['aliases of aliases', `a: &a [x]\n${bomb()}\non: push\njobs: {}`]
])('%s is named as unreadable, quickly', (_what, text) => {
  expect(workflowFacts({ path, text }, 'main').unreadable).toEqual(expect.any(String))
})

/** Nine levels of nine aliases each would be 387 million words. */
function bomb(): string {
  const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  return levels
    .slice(1)
    .map((level, index) => `${level}: &${level} [${Array(9).fill(`*${levels[index]}`).join(', ')}]`)
    .join('\n')
}
